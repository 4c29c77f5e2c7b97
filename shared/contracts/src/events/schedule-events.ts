import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

const scheduleFacts = z.object({
  id: idSchema,
  name: z.string(),
  isPaused: z.boolean(),
  /** Its next occurrence; null when there is none. */
  nextAt: timeSchema.nullable(),
  version: z.int(),
  at: timeSchema,
});

const scheduleEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: scheduleFacts,
    subject: ({ id }) => `schedule/${id}`,
    key: ({ id }) => `schedule:${id}`,
    tags: ({ id }) => [tags.schedule(id), tags.schedules()],
    audiences: [
      {
        channel: () => channels.adminWith('campaigns:read'),
        fields: ['id', 'name', 'isPaused', 'nextAt', 'version', 'at'],
      },
    ],
  });

/** What begins campaigns by the clock. */
export const scheduleEvents = {
  'schedule.created': scheduleEvent('schedule.created'),
  'schedule.updated': scheduleEvent('schedule.updated'),
  'schedule.deleted': scheduleEvent('schedule.deleted'),
} as const;
