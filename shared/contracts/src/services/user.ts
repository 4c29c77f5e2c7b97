import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { identitySchema } from '../identity.ts';
import { ROLE_NAMES, type Role } from '../permissions.ts';
import { tags } from '../tags.ts';
import { idListSchema, idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';
import { activityCalls } from './activity.ts';
import { auditCalls } from './audit.ts';
import { addressSchema, newPasswordSchema, ownAccountCalls } from './own-account.ts';
import { quotaCalls } from './quotas.ts';
import { userSegmentCalls } from './segment-sources.ts';

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
const localeSchema = z.enum(['zh-CN', 'en']);

/** Fields of a person that others may change; at least one. */
export const personChangesSchema = z
  .strictObject({
    name: nameSchema.optional(),
    email: z.email().max(200).optional(),
    locale: localeSchema.optional(),
    timeZone: z.string().max(60).optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, { message: 'name at least one change' });

const usernameSchema = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{1,38})[A-Za-z0-9]$/, {
    message: '3 to 40 letters, digits, dots, dashes and underscores, none of these at its ends',
  });
const newPerson = {
  username: usernameSchema,
  email: z.email().max(200),
  name: nameSchema,
  locale: localeSchema.default('en'),
  timeZone: z.string().max(60).default('UTC'),
} as const;

/** What a stranger says of themselves. */
export const registrationSchema = z.strictObject({ ...newPerson, password: newPasswordSchema });
/** The same to everybody who may have that e-mail address, or may not: nothing but what was said. */
export const registeredSchema = z.object({
  username: z.string(),
  email: z.string(),
  name: z.string(),
});

/** What staff says of a person; without a password they are sent a link to choose one. */
const newPersonSchema = z.strictObject({
  ...newPerson,
  password: newPasswordSchema.optional(),
  tenantId: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { message: 'small letters, digits and dashes' })
    .default('public'),
  roles: z.array(roleSchema).min(1).max(ROLE_NAMES.length).default(['customer']),
});

export const deletedPersonSchema = z.object({
  id: idSchema,
  erase: z.boolean(),
  version: z.int(),
  at: timeSchema,
});

/** What the user service answers. */
export const userCalls = {
  logIn: defineCall({
    service: 'user',
    name: 'logIn',
    method: 'POST',
    path: '/auth/login',
    body: z.strictObject({
      username: z.string().max(200),
      password: z.string().max(200),
      /** Asked of whoever has a second factor: a code of their app, or a recovery code. */
      totp: z.string().trim().max(40).optional(),
      address: addressSchema.optional(),
    }),
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
  /** Log-ins closed, and roles changed, at or after an instant: what a process that starts later has not heard of. */
  listRevocations: defineCall({
    service: 'user',
    name: 'listRevocations',
    method: 'GET',
    path: '/auth/revocations',
    query: z.strictObject({ since: timeSchema }),
    answer: z.object({
      sessions: z.array(z.object({ sessionId: idSchema, userId: idSchema, at: timeSchema })),
      /** People whose roles changed: tokens issued before then say what is no longer so. */
      people: z.array(z.object({ userId: idSchema, at: timeSchema })),
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
  createUser: defineCall({
    service: 'user',
    name: 'createUser',
    method: 'POST',
    path: '/users',
    body: newPersonSchema,
    answer: personSchema,
    status: 201,
  }),
  /**
   * Opens an account of one's own. A user name that is taken is refused; an e-mail address that is
   * reads as success, makes no account, and sends its owner what they need to get into theirs.
   */
  registerUser: defineCall({
    service: 'user',
    name: 'registerUser',
    method: 'POST',
    path: '/auth/register',
    body: registrationSchema.extend({ address: addressSchema.optional() }),
    answer: registeredSchema,
    status: 201,
  }),
  /**
   * Ends an account: its log-ins end, its user name and e-mail address are free. With `erase`,
   * everything personal is forgotten too, which may also be asked for later.
   */
  deleteUser: defineCall({
    service: 'user',
    name: 'deleteUser',
    method: 'DELETE',
    path: '/users/:userId',
    params: userParams,
    query: z.strictObject({ erase: z.stringbool().default(false) }),
    answer: deletedPersonSchema,
  }),
  /** All of the person's roles; `If-Match` names the version that was read. */
  changeRoles: defineCall({
    service: 'user',
    name: 'changeRoles',
    method: 'PUT',
    path: '/users/:userId/roles',
    params: userParams,
    body: z.strictObject({ roles: z.array(roleSchema).min(1).max(ROLE_NAMES.length) }),
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
  ...ownAccountCalls,
  ...quotaCalls,
  ...activityCalls,
  ...auditCalls,
  ...userSegmentCalls,
} as const;
