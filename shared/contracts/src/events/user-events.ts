import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { personSchema, quotaSchema } from '../services/user.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

type PersonFacts = z.infer<typeof personSchema>;

const ownFields = ['id', 'name', 'email', 'status', 'locale', 'timeZone', 'version'] as const;
const everyField = Object.keys(personSchema.shape) as (keyof PersonFacts & string)[];

const personEvent = <Type extends string>(
  type: Type,
  options: { readonly class?: 'fact' | 'access' } = {},
) =>
  defineEvent({
    type,
    data: personSchema,
    subject: (person) => `user/${person.id}`,
    key: (person) => `user:${person.id}`,
    tags: (person) => [tags.user(person.id), tags.users()],
    audiences: [
      { channel: (person) => channels.user(person.id), fields: ownFields },
      { channel: () => channels.adminWith('users:read'), fields: everyField },
    ],
    ...options,
  });

const sessionFacts = z.object({
  userId: idSchema,
  sessionId: idSchema,
  at: timeSchema,
});

export const userEvents = {
  'user.created': personEvent('user.created'),
  'user.updated': personEvent('user.updated'),
  /** Suspended or reactivated. */
  'user.status_changed': personEvent('user.status_changed', { class: 'access' }),
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
  /** A log-in was closed: its tokens and its sockets end everywhere. */
  'user.session_revoked': defineEvent({
    type: 'user.session_revoked',
    data: sessionFacts.extend({
      reason: z.enum(['logged_out', 'refresh_reused', 'suspended', 'password_changed']),
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
  'quota.updated': defineEvent({
    type: 'quota.updated',
    data: quotaSchema,
    subject: (quota) => `quota/${quota.userId}`,
    key: (quota) => `user:${quota.userId}`,
    tags: (quota) => [tags.quota(quota.userId)],
    audiences: [
      {
        channel: (quota) => channels.user(quota.userId),
        fields: ['userId', 'devicesLimit', 'devicesUsed', 'validUntil', 'version'],
      },
    ],
    isCoalescible: true,
  }),
} as const;
