import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { announcementSchema } from '../services/announcements.ts';
import { channelKindSchema } from '../services/delivery-channels.ts';
import { settingsSchema } from '../services/settings.ts';
import { isTag, tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

const announcementFields = ['id', 'type', 'title', 'body', 'createdAt'] as const;

const announcementChannel = ({ tenantId }: z.infer<typeof announcementSchema>) =>
  tenantId === null ? channels.broadcast() : channels.tenant(tenantId);

export const systemEvents = {
  /** Told to everybody, or to the people of one tenant; it stands in their inboxes too. */
  'system.announcement': defineEvent({
    type: 'system.announcement',
    data: announcementSchema,
    subject: (announcement) => `announcement/${announcement.id}`,
    key: () => 'announcements',
    tags: () => [tags.announcements()],
    audiences: [{ channel: announcementChannel, fields: announcementFields }],
  }),
  'system.maintenance': defineEvent({
    type: 'system.maintenance',
    data: announcementSchema.extend({ at: timeSchema, until: timeSchema, message: z.string() }),
    subject: (announcement) => `announcement/${announcement.id}`,
    key: () => 'announcements',
    tags: () => [tags.announcements()],
    audiences: [
      { channel: announcementChannel, fields: [...announcementFields, 'at', 'until', 'message'] },
    ],
  }),
  /** Something that operators should look at, once an hour at most for each channel. */
  'system.alert': defineEvent({
    type: 'system.alert',
    data: z.object({
      kind: z.enum(['delivery_failures']),
      channel: channelKindSchema,
      /** Permanent failures since then. */
      count: z.int(),
      since: timeSchema,
      at: timeSchema,
    }),
    subject: (alert) => `alert/${alert.kind}.${alert.channel}`,
    key: (alert) => `alert:${alert.kind}:${alert.channel}`,
    tags: () => [],
    audiences: [
      { channel: () => channels.admin(), fields: ['kind', 'channel', 'count', 'since', 'at'] },
    ],
  }),
  /** An operator dropped views by hand; what they were built from did not change. */
  'system.cache_invalidated': defineEvent({
    type: 'system.cache_invalidated',
    data: z.object({
      tags: z
        .array(z.string().refine(isTag, { message: 'is no tag' }))
        .min(1)
        .max(100),
      /** Who did it. */
      userId: idSchema.nullable(),
      at: timeSchema,
    }),
    subject: () => 'cache',
    key: () => 'cache',
    tags: (invalidated) => invalidated.tags,
    audiences: [
      { channel: () => channels.adminWith('cache:read'), fields: ['tags', 'userId', 'at'] },
    ],
  }),
  'system.settings_updated': defineEvent({
    type: 'system.settings_updated',
    data: settingsSchema,
    subject: () => 'settings',
    key: () => 'settings',
    tags: () => [tags.settings()],
    audiences: [
      {
        channel: () => channels.adminWith('settings:read'),
        fields: [
          'lowBalanceBelow',
          'quotaAlertPercent',
          'locales',
          'defaultLocale',
          'senderName',
          'quietHours',
          'version',
          'updatedAt',
        ],
      },
    ],
  }),
  /** An event that a service could not follow was put aside, and later ones of its key with it. */
  'system.dead_letter': defineEvent({
    type: 'system.dead_letter',
    data: z.object({
      service: z.string(),
      eventId: idSchema,
      eventType: z.string(),
      eventKey: z.string(),
      /** Of the register of errors; nothing of the event's data. */
      code: z.string(),
      attempts: z.int(),
      at: timeSchema,
    }),
    subject: (letter) => `dead-letter/${letter.eventId}`,
    key: (letter) => `dead-letters:${letter.service}`,
    tags: (letter) => [tags.deadLettersOf(letter.service)],
    audiences: [
      {
        channel: () => channels.adminWith('events:read'),
        fields: ['service', 'eventId', 'eventType', 'eventKey', 'code', 'attempts', 'at'],
      },
    ],
  }),
  /** An operator decided over dead letters; what comes of each is told by events of its own. */
  'system.dead_letters_judged': defineEvent({
    type: 'system.dead_letters_judged',
    data: z.object({
      service: z.string(),
      decision: z.enum(['replay', 'discard']),
      count: z.int(),
      /** Who did it. */
      userId: idSchema.nullable(),
      at: timeSchema,
    }),
    subject: (judged) => `dead-letters/${judged.service}`,
    key: (judged) => `dead-letters:${judged.service}`,
    tags: (judged) => [tags.deadLettersOf(judged.service)],
    audiences: [
      {
        channel: () => channels.adminWith('events:read'),
        fields: ['service', 'decision', 'count', 'userId', 'at'],
      },
    ],
  }),
  /** A dead letter is none any more. */
  'system.dead_letter_settled': defineEvent({
    type: 'system.dead_letter_settled',
    data: z.object({
      service: z.string(),
      eventId: idSchema,
      eventType: z.string(),
      eventKey: z.string(),
      outcome: z.enum(['handled', 'discarded']),
      at: timeSchema,
    }),
    subject: (letter) => `dead-letter/${letter.eventId}`,
    key: (letter) => `dead-letters:${letter.service}`,
    tags: (letter) => [tags.deadLettersOf(letter.service)],
    audiences: [
      {
        channel: () => channels.adminWith('events:read'),
        fields: ['service', 'eventId', 'eventType', 'eventKey', 'outcome', 'at'],
      },
    ],
  }),
} as const;
