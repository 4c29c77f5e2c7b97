import type { BffTools } from '@cloudphone/bff';
import { type DomainServiceName, SERVICE_CALLS } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';
import { having } from '../../having.ts';

const access = having('events:read');

export const recentEvents = ({ log }: BffTools) =>
  defineRoute({
    method: 'GET',
    path: '/admin/events',
    summary: 'The last events, newest first; each with the fields that its reader may see.',
    access,
    query: z.strictObject({
      type: z.string().max(100).optional(),
      subject: z.string().max(300).optional(),
      since: z.iso.datetime().optional(),
      /** `nextCursor` of the page before. */
      cursor: z.coerce.number().int().positive().optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    handle: async ({ query: { since, cursor, ...query }, identity }) => {
      const sinceMs = since === undefined ? undefined : Date.parse(since);
      const looking = { ...query, beforeSeq: cursor, sinceMs };
      const { items, nextSeq } = await log.recent(looking, identity.permissions);
      return { body: { items, nextCursor: nextSeq === null ? null : `${nextSeq}` } };
    },
  });

const SERVICES = Object.keys(SERVICE_CALLS) as DomainServiceName[];

/** A part that cannot be had is null: an operator looks here when something is away. */
export const eventStats = ({ log, services }: BffTools) =>
  defineRoute({
    method: 'GET',
    path: '/admin/events/stats',
    summary:
      'Rates by type, latency by stage, lag of each group, each service’s outbox and letters.',
    access,
    handle: async () => {
      const [progress, ...flows] = await Promise.all([
        log.progress().catch(() => null),
        ...SERVICES.map((name) => services[name].getEventFlow().catch(() => null)),
      ]);
      const ofServices = SERVICES.map((service, index) => ({
        service,
        flow: flows[index] ?? null,
      }));
      return { body: { ...log.flow(), log: progress, services: ofServices } };
    },
  });
