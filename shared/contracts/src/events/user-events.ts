import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { personSchema } from '../services/user.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

type PersonFacts = z.infer<typeof personSchema>;

const ownFields = ['id', 'name', 'email', 'status', 'locale', 'timeZone', 'version'] as const;
const everyField = Object.keys(personSchema.shape) as (keyof PersonFacts & string)[];

/** Which of the fields are not what they were. */
const changedPersonSchema = personSchema.extend({ changedFields: z.array(z.string()).optional() });

const personEvent = <Type extends string>(
  type: Type,
  options: { readonly class?: 'fact' | 'access' } = {},
) =>
  defineEvent({
    type,
    data: changedPersonSchema,
    subject: (person) => `user/${person.id}`,
    key: (person) => `user:${person.id}`,
    tags: (person) => [tags.user(person.id), tags.users()],
    audiences: [
      { channel: (person) => channels.user(person.id), fields: ownFields },
      { channel: () => channels.adminWith('users:read'), fields: [...everyField, 'changedFields'] },
    ],
    ...options,
  });

/** With what a message to the person needs. */
const accountFacts = z.object({
  userId: idSchema,
  name: z.string(),
  email: z.string(),
  locale: z.string(),
  at: timeSchema,
});

/** What happened to a person's own account: told to them and to whoever watches. */
const accountEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: accountFacts,
    subject: (account) => `user/${account.userId}`,
    key: (account) => `user:${account.userId}`,
    tags: (account) => [tags.user(account.userId)],
    audiences: [
      { channel: (account) => channels.user(account.userId), fields: ['userId', 'at'] },
      { channel: () => channels.adminWith('audit:read'), fields: ['userId', 'at'] },
    ],
  });

const sessionFacts = z.object({
  userId: idSchema,
  sessionId: idSchema,
  at: timeSchema,
});

export const userEvents = {
  /** There is such a person from now on, whoever opened the account. */
  'user.created': personEvent('user.created'),
  /** Follows `user.created` when the person opened the account themselves. */
  'user.registered': accountEvent('user.registered'),
  /** What the person is now, whoever changed it. */
  'user.updated': personEvent('user.updated'),
  /** Follows `user.updated` when the person changed it themselves. */
  'user.profile_updated': defineEvent({
    type: 'user.profile_updated',
    data: accountFacts.extend({ changedFields: z.array(z.string()) }),
    subject: (account) => `user/${account.userId}`,
    key: (account) => `user:${account.userId}`,
    tags: (account) => [tags.user(account.userId)],
    audiences: [
      {
        channel: (account) => channels.user(account.userId),
        fields: ['userId', 'changedFields', 'at'],
      },
    ],
  }),
  /** Access tokens issued before say what is no longer so; log-ins go on with new ones. */
  'user.roles_changed': personEvent('user.roles_changed', { class: 'access' }),
  /** Suspended or reactivated. */
  'user.status_changed': personEvent('user.status_changed', { class: 'access' }),
  /** With `erase`, every store forgets what it holds of the person; rows of money keep their id. */
  'user.deleted': defineEvent({
    type: 'user.deleted',
    data: z.object({
      id: idSchema,
      tenantId: z.string(),
      erase: z.boolean(),
      version: z.int(),
      at: timeSchema,
    }),
    subject: (person) => `user/${person.id}`,
    key: (person) => `user:${person.id}`,
    tags: (person) => [tags.user(person.id), tags.users(), tags.quota(person.id), tags.audit()],
    audiences: [
      { channel: (person) => channels.user(person.id), fields: ['id', 'at'] },
      {
        channel: () => channels.adminWith('users:read'),
        fields: ['id', 'tenantId', 'erase', 'version', 'at'],
      },
    ],
    class: 'access',
  }),
  'user.login': defineEvent({
    type: 'user.login',
    data: sessionFacts,
    subject: (login) => `user/${login.userId}`,
    key: (login) => `user:${login.userId}`,
    tags: () => [],
    audiences: [
      { channel: () => channels.adminWith('audit:read'), fields: ['userId', 'sessionId', 'at'] },
    ],
  }),
  /** Somebody tried; `userId` is null when nobody has the user name that was tried. */
  'user.login_failed': defineEvent({
    type: 'user.login_failed',
    data: z.object({
      userId: idSchema.nullable(),
      reason: z.enum(['password', 'code', 'suspended']),
      at: timeSchema,
    }),
    subject: (attempt) => (attempt.userId === null ? 'user' : `user/${attempt.userId}`),
    key: (attempt) => `user:${attempt.userId ?? 'nobody'}`,
    tags: () => [],
    audiences: [
      { channel: () => channels.adminWith('audit:read'), fields: ['userId', 'reason', 'at'] },
    ],
  }),
  /**
   * No audience, and no secret: `resetId` gets the link's token from the user service
   * (`readPasswordReset`), and is worth nothing to whoever reads the log, its history or its copies.
   */
  'user.password_reset_requested': defineEvent({
    type: 'user.password_reset_requested',
    data: accountFacts.extend({ resetId: idSchema, expiresAt: timeSchema }),
    subject: (account) => `user/${account.userId}`,
    key: (account) => `user:${account.userId}`,
    tags: () => [],
  }),
  'user.password_changed': accountEvent('user.password_changed'),
  'user.two_factor_enabled': accountEvent('user.two_factor_enabled'),
  'user.two_factor_disabled': accountEvent('user.two_factor_disabled'),
  /** A log-in was closed: its tokens and its sockets end everywhere. */
  'user.session_revoked': defineEvent({
    type: 'user.session_revoked',
    data: sessionFacts.extend({
      reason: z.enum(['logged_out', 'refresh_reused', 'suspended', 'password_changed', 'deleted']),
    }),
    subject: (session) => `user/${session.userId}`,
    key: (session) => `user:${session.userId}`,
    tags: () => [],
    audiences: [
      {
        channel: (session) => channels.user(session.userId),
        fields: ['sessionId', 'reason', 'at'],
      },
    ],
    class: 'access',
  }),
} as const;
