import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { identitySchema } from '../identity.ts';
import { ROLE_NAMES, type Role } from '../permissions.ts';
import { tags } from '../tags.ts';
import { idListSchema, idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';

export const personStatusSchema = z.enum(['active', 'suspended']);
export const roleSchema = z.enum(ROLE_NAMES as [Role, ...Role[]]);

export const personSchema = z.object({
  id: idSchema,
  username: z.string(),
  email: z.email(),
  name: z.string(),
  tenantId: z.string(),
  status: personStatusSchema,
  roles: z.array(roleSchema),
  locale: z.string(),
  timeZone: z.string(),
  version: z.int(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type Person = z.infer<typeof personSchema>;

export const quotaSchema = z.object({
  userId: idSchema,
  devicesLimit: z.int(),
  devicesUsed: z.int(),
  validUntil: timeSchema,
  version: z.int(),
});
export type Quota = z.infer<typeof quotaSchema>;

export const sessionTokensSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  tokenType: z.literal('Bearer'),
  /** Seconds that the access token lives. */
  expiresIn: z.int(),
  user: personSchema,
});
export type SessionTokens = z.infer<typeof sessionTokensSchema>;

const userParams = z.strictObject({ userId: idSchema });
const nameSchema = z.string().trim().min(1).max(80);

/** Fields of a person that others may change; at least one. */
export const personChangesSchema = z
  .strictObject({
    name: nameSchema.optional(),
    email: z.email().max(200).optional(),
    locale: z.enum(['zh-CN', 'en']).optional(),
    timeZone: z.string().max(60).optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, { message: 'name at least one change' });

/** What the user service answers. */
export const userCalls = {
  logIn: defineCall({
    service: 'user',
    name: 'logIn',
    method: 'POST',
    path: '/auth/login',
    body: z.strictObject({ username: z.string().max(200), password: z.string().max(200) }),
    answer: sessionTokensSchema,
  }),
  refreshSession: defineCall({
    service: 'user',
    name: 'refreshSession',
    method: 'POST',
    path: '/auth/refresh',
    body: z.strictObject({ refreshToken: z.string().max(400) }),
    answer: sessionTokensSchema,
  }),
  /** Closes a log-in: its refresh tokens end and `user.session_revoked` is published. */
  logOut: defineCall({
    service: 'user',
    name: 'logOut',
    method: 'POST',
    path: '/auth/logout',
    body: z.strictObject({ sessionId: idSchema }),
    answer: z.object({ sessionId: idSchema }),
  }),
  /** Log-ins closed at or after an instant: what a process that starts later has not heard of. */
  listRevocations: defineCall({
    service: 'user',
    name: 'listRevocations',
    method: 'GET',
    path: '/auth/revocations',
    query: z.strictObject({ since: timeSchema }),
    answer: z.object({
      sessions: z.array(z.object({ sessionId: idSchema, userId: idSchema, at: timeSchema })),
    }),
  }),
  getSigningKeys: defineCall({
    service: 'user',
    name: 'getSigningKeys',
    method: 'GET',
    path: '/.well-known/jwks.json',
    answer: z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) }),
  }),
  /** The identity that a person has now (fresh roles, permission version), e.g. for a session. */
  getIdentity: defineCall({
    service: 'user',
    name: 'getIdentity',
    method: 'GET',
    path: '/auth/sessions/:sessionId/identity',
    params: z.strictObject({ sessionId: idSchema }),
    answer: identitySchema,
  }),
  listUsers: defineCall({
    service: 'user',
    name: 'listUsers',
    method: 'GET',
    path: '/users',
    query: z.strictObject({
      ...pageQuery,
      ids: idListSchema.optional(),
      /** Matches the beginning of user name, name or e-mail, case-insensitively. */
      q: z.string().max(100).optional(),
      status: personStatusSchema.optional(),
    }),
    answer: pageOf(personSchema),
    knownTags: ({ query }) => (query.ids ? query.ids.map(tags.user) : [tags.users()]),
  }),
  getUser: defineCall({
    service: 'user',
    name: 'getUser',
    method: 'GET',
    path: '/users/:userId',
    params: userParams,
    answer: personSchema,
    knownTags: ({ params }) => [tags.user(params.userId)],
  }),
  updateUser: defineCall({
    service: 'user',
    name: 'updateUser',
    method: 'PATCH',
    path: '/users/:userId',
    params: userParams,
    body: personChangesSchema,
    answer: personSchema,
  }),
  suspendUser: defineCall({
    service: 'user',
    name: 'suspendUser',
    method: 'POST',
    path: '/users/:userId/suspend',
    params: userParams,
    answer: personSchema,
  }),
  reactivateUser: defineCall({
    service: 'user',
    name: 'reactivateUser',
    method: 'POST',
    path: '/users/:userId/reactivate',
    params: userParams,
    answer: personSchema,
  }),
  getUserCounts: defineCall({
    service: 'user',
    name: 'getUserCounts',
    method: 'GET',
    path: '/user-counts',
    answer: z.object({ total: z.int(), active: z.int(), suspended: z.int(), newToday: z.int() }),
    knownTags: () => [tags.users()],
  }),
  getQuota: defineCall({
    service: 'user',
    name: 'getQuota',
    method: 'GET',
    path: '/quotas/:userId',
    params: userParams,
    answer: quotaSchema,
    knownTags: ({ params }) => [tags.quota(params.userId)],
  }),
} as const;
