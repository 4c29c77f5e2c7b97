import type { BffTools } from '@cloudphone/bff';
import {
  type DomainServiceName,
  deadLetterSelectionSchema,
  deadLetterStateSchema,
  pageQuery,
  SERVICE_CALLS,
} from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';
import { having } from '../../having.ts';

const serviceSchema = z.enum(Object.keys(SERVICE_CALLS) as [DomainServiceName]);

export const listDeadLetters = ({ services }: BffTools) =>
  defineRoute({
    method: 'GET',
    path: '/admin/dead-letters',
    summary: 'Events that a service could not follow, and those that wait behind them.',
    access: having('events:read'),
    query: z.strictObject({
      ...pageQuery,
      service: serviceSchema,
      type: z.string().max(100).optional(),
      key: z.string().max(300).optional(),
      state: deadLetterStateSchema.optional(),
    }),
    handle: async ({ query: { service, ...query } }) => ({
      body: await services[service].listDeadLetters({ query }),
    }),
  });

export const getDeadLetter = ({ services }: BffTools) =>
  defineRoute({
    method: 'GET',
    path: '/admin/dead-letters/:service/:eventId',
    summary: 'One of them, with what went wrong and the event itself.',
    access: having('events:write'),
    params: z.strictObject({ service: serviceSchema, eventId: z.string().max(100) }),
    handle: async ({ params: { service, eventId } }) => ({
      body: await services[service].getDeadLetter({ params: { eventId } }),
    }),
  });

const judging = (decision: 'replay' | 'discard', summary: string) => {
  const call =
    decision === 'replay' ? ('replayDeadLetters' as const) : ('discardDeadLetters' as const);
  return ({ services, afterWrite }: BffTools) =>
    defineRoute({
      method: 'POST',
      path: `/admin/dead-letters/:service/${decision}`,
      summary,
      access: having('events:write'),
      params: z.strictObject({ service: serviceSchema }),
      body: deadLetterSelectionSchema,
      status: 202,
      handle: async ({ params: { service }, body }) =>
        afterWrite.reply(await services[service][call]({ body })),
    });
};

export const replayDeadLetters = judging(
  'replay',
  'Have them handled once more, and then those of the same key that they hold up.',
);
export const discardDeadLetters = judging(
  'discard',
  'Give them up; those of the same key that they hold up are handled.',
);
