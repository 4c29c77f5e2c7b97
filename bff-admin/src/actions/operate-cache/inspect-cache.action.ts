import type { BffTools } from '@cloudphone/bff';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

const access = { kind: 'permission', permission: 'cache:read' } as const;

export const cacheStats = ({ cache }: BffTools) =>
  defineRoute({
    method: 'GET',
    path: '/admin/cache/stats',
    summary:
      'What this node’s cache has done: hits, loads, heat and bytes by view, position, hottest keys.',
    access,
    handle: async () => ({ body: cache.stats() }),
  });

export const cacheEntries = ({ cache }: BffTools) =>
  defineRoute({
    method: 'GET',
    path: '/admin/cache/entries',
    summary: 'Cached views, by view or (this node’s) by tag.',
    access,
    query: z.strictObject({
      view: z.string().max(64).optional(),
      tag: z.string().max(120).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    handle: async ({ query }) => ({ body: { items: await cache.listEntries(query) } }),
  });

export const explainCacheEntry = ({ cache }: BffTools) =>
  defineRoute({
    method: 'GET',
    path: '/admin/cache/entries/:key/explain',
    summary: 'One entry: its tags, when each changed, and why it is valid or not.',
    access,
    params: z.strictObject({ key: z.string().max(600) }),
    handle: async ({ params }) => ({ body: await cache.explain(params.key) }),
  });
