import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { quotaSchema } from '../services/quotas.ts';
import { tags } from '../tags.ts';

const everyField = ['userId', 'devicesLimit', 'devicesUsed', 'validUntil', 'version'] as const;

const quotaEvent = <Type extends string>(
  type: Type,
  options: { readonly isCoalescible?: boolean; readonly isForStaff?: boolean } = {},
) =>
  defineEvent({
    type,
    data: quotaSchema,
    subject: (quota) => `quota/${quota.userId}`,
    key: (quota) => `user:${quota.userId}`,
    tags: (quota) => [tags.quota(quota.userId)],
    audiences: [
      { channel: (quota) => channels.user(quota.userId), fields: everyField },
      ...(options.isForStaff
        ? [{ channel: () => channels.adminWith('users:read'), fields: everyField }]
        : []),
    ],
    isCoalescible: options.isCoalescible ?? false,
  });

export const quotaEvents = {
  /** What it is now; after every change of any kind. */
  'quota.updated': quotaEvent('quota.updated', { isCoalescible: true }),
  /** Use has reached the share that the settings name; again only after it was below. */
  'quota.alert': quotaEvent('quota.alert', { isForStaff: true }),
  /** The first time that more was wanted than there is; again only after there was room. */
  'quota.exceeded': quotaEvent('quota.exceeded', { isForStaff: true }),
  'quota.renewed': quotaEvent('quota.renewed'),
} as const;
