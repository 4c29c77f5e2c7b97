import * as z from 'zod';
import { type DomainServiceName, defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { pageOf, pageQuery, timeSchema } from '../values.ts';

/**
 * `parked`: could not be handled. `held`: waits behind an earlier one of its key. `replaying` and
 * `discarding`: an operator has decided, the follower is about to act.
 */
export const deadLetterStateSchema = z.enum(['parked', 'held', 'replaying', 'discarding']);

export const deadLetterSchema = z.object({
  eventId: z.string(),
  type: z.string(),
  key: z.string(),
  state: deadLetterStateSchema,
  /** What went wrong, for operators: the reaction's name and its error, up to 4,000 characters. */
  error: z.string(),
  attempts: z.int(),
  traceparent: z.string().nullable(),
  parkedAt: timeSchema,
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

export const deadLetterWithEventSchema = deadLetterSchema.extend({
  /** The event as it is in the log. */
  envelope: z.record(z.string(), z.unknown()),
});

const filter = {
  type: z.string().max(100).optional(),
  key: z.string().max(300).optional(),
};

/** Which letters an operator means: those of these ids, or all that the filter lets through. */
export const deadLetterSelectionSchema = z
  .strictObject({
    ids: z.array(z.string().max(100)).min(1).max(200).optional(),
    filter: z.strictObject(filter).optional(),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), {
    message: 'name either ids or a filter',
  });
export type DeadLetterSelection = z.infer<typeof deadLetterSelectionSchema>;

/** How many letters the request applies to; what comes of it is told by events. */
const acceptedSchema = z.object({ accepted: z.int() });

/** Where a service's events are, on their way out and on their way in. */
export const eventFlowSchema = z.object({
  outbox: z.object({
    waiting: z.int(),
    /** For how long the oldest has waited. */
    oldestMs: z.number(),
    /** Rows that the log will never take; they are kept aside. */
    refused: z.int(),
    /** Whether the process that answers carries them. */
    isRelaying: z.boolean(),
  }),
  /** Null for a service that follows nothing. */
  follower: z
    .object({
      group: z.string(),
      /** Whether the process that answers follows. */
      isFollowing: z.boolean(),
      seq: z.int(),
      /** Rows behind the log; null while the log is away. */
      lagRows: z.int().nullable(),
      lanes: z.int(),
      /** Events under way in the process that answers. */
      underWay: z.int(),
    })
    .nullable(),
  deadLetters: z.object({ parked: z.int(), held: z.int() }),
});
export type EventFlow = z.infer<typeof eventFlowSchema>;

/** What every domain service answers of the events that it could not follow. */
export function deadLetterCalls(service: DomainServiceName) {
  const known = () => [tags.deadLettersOf(service)];
  return {
    listDeadLetters: defineCall({
      service,
      name: 'listDeadLetters',
      method: 'GET',
      path: '/dead-letters',
      query: z.strictObject({ ...pageQuery, ...filter, state: deadLetterStateSchema.optional() }),
      answer: pageOf(deadLetterSchema),
      knownTags: known,
    }),
    getDeadLetter: defineCall({
      service,
      name: 'getDeadLetter',
      method: 'GET',
      path: '/dead-letters/:eventId',
      params: z.strictObject({ eventId: z.string().max(100) }),
      answer: deadLetterWithEventSchema,
      knownTags: known,
    }),
    /** 202: handled soon, once, and then those of the same key that it held up. */
    replayDeadLetters: defineCall({
      service,
      name: 'replayDeadLetters',
      method: 'POST',
      path: '/dead-letters/replay',
      body: deadLetterSelectionSchema,
      answer: acceptedSchema,
      status: 202,
    }),
    /** 202: given up soon; those of the same key that it held up are handled. */
    discardDeadLetters: defineCall({
      service,
      name: 'discardDeadLetters',
      method: 'POST',
      path: '/dead-letters/discard',
      body: deadLetterSelectionSchema,
      answer: acceptedSchema,
      status: 202,
    }),
    getEventFlow: defineCall({
      service,
      name: 'getEventFlow',
      method: 'GET',
      path: '/event-flow',
      answer: eventFlowSchema,
    }),
  } as const;
}
