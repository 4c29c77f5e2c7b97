import type { BffTools } from '@cloudphone/bff';
import { formatPosition, HEADERS, isTag, type Position } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

const access = { kind: 'permission', permission: 'cache:write' } as const;

const at = (position: Position) => ({
  body: { position: formatPosition(position) },
  headers: { [HEADERS.consistencyToken]: formatPosition(position) },
});

export const invalidateCache = ({ log }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/admin/cache/invalidate',
    summary: 'Drop every view built from one of the tags, on all nodes of both BFFs.',
    access,
    body: z.strictObject({
      tags: z
        .array(z.string().refine(isTag, { message: 'is no tag' }))
        .min(1)
        .max(100),
    }),
    handle: async ({ body, identity }) => at(await log.invalidate(body.tags, identity.userId)),
  });

export const warmCache = ({ cache }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/admin/cache/warm',
    summary: 'Load the hottest views, of one view or of all, unless they are there.',
    access,
    body: z.strictObject({ view: z.string().max(64).optional() }),
    handle: async ({ body: { view } }) => ({
      body: await cache.warm(view === undefined ? {} : { view }),
    }),
  });

export const rotateCacheEpoch = ({ log }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/admin/cache/rotate-epoch',
    summary: 'Begin a new epoch: everything cached is void, as after a restored database.',
    access,
    handle: async () => at(await log.rotateEpoch()),
  });
