import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { ROLE_NAMES, type Role } from '../permissions.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

/** Query of the calls below: ids in order, those after `cursor`, which is itself an id. */
const idsAfter = {
  /** Of any form: what lies between two ids names nobody. */
  cursor: z.guid().optional(),
  limit: z.coerce.number().int().min(1).max(5_000).default(5_000),
} as const;
const idsPage = z.object({ userIds: z.array(idSchema), nextCursor: idSchema.nullable() });

const whetherSchema = z.stringbool({ truthy: ['true'], falsy: ['false'] });

/** Ids of people by what the user service knows, ascending. No view is built from it. */
export const userSegmentCalls = {
  listSegmentPeople: defineCall({
    service: 'user',
    name: 'listSegmentPeople',
    method: 'GET',
    path: '/segment/people',
    query: z.strictObject({
      ...idsAfter,
      status: z.enum(['active', 'suspended']).optional(),
      /** `admin,support`: any of them. */
      roles: z
        .string()
        .transform((text) => text.split(','))
        .pipe(
          z
            .array(z.enum(ROLE_NAMES as [Role, ...Role[]]))
            .min(1)
            .max(10),
        )
        .optional(),
      tenantId: z.string().max(80).optional(),
      seenSince: timeSchema.optional(),
      notSeenSince: timeSchema.optional(),
    }),
    answer: idsPage,
    knownTags: () => [tags.users()],
  }),
  /** People by id, e-mail (in any case) or user name; whoever is not found is left out. */
  findPeople: defineCall({
    service: 'user',
    name: 'findPeople',
    method: 'POST',
    path: '/segment/find-people',
    body: z.strictObject({
      userIds: z.array(idSchema).max(1_000),
      emails: z.array(z.string().max(320)).max(1_000),
      usernames: z.array(z.string().max(200)).max(1_000),
    }),
    answer: z.object({
      people: z.array(z.object({ userId: idSchema, email: z.string(), username: z.string() })),
    }),
  }),
} as const;

/** Ids of owners by their devices, ascending. */
export const deviceSegmentCalls = {
  listSegmentOwners: defineCall({
    service: 'device',
    name: 'listSegmentOwners',
    method: 'GET',
    path: '/segment/people',
    query: z.strictObject({
      ...idsAfter,
      /** The end of a device's rent lies between the two. */
      expiringAfter: timeSchema.optional(),
      expiringBefore: timeSchema.optional(),
      isRunning: whetherSchema.optional(),
    }),
    answer: idsPage,
    knownTags: () => [tags.devices()],
  }),
} as const;

/** Ids of people by their balance, ascending. */
export const billingSegmentCalls = {
  listSegmentBalances: defineCall({
    service: 'billing',
    name: 'listSegmentBalances',
    method: 'GET',
    path: '/segment/people',
    query: z.strictObject({ ...idsAfter, below: z.coerce.number().int() }),
    answer: idsPage,
    knownTags: () => [tags.balances()],
  }),
} as const;
