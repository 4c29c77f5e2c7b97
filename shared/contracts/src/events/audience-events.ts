import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

const segmentFacts = z.object({ id: idSchema, name: z.string(), version: z.int(), at: timeSchema });

const segmentEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: segmentFacts,
    subject: ({ id }) => `segment/${id}`,
    key: ({ id }) => `segment:${id}`,
    tags: ({ id }) => [tags.segment(id), tags.segments()],
    audiences: [
      {
        channel: () => channels.adminWith('campaigns:read'),
        fields: ['id', 'name', 'version', 'at'],
      },
    ],
  });

/** What campaigns are sent to: saved segments and uploaded files. */
export const audienceEvents = {
  'segment.created': segmentEvent('segment.created'),
  'segment.updated': segmentEvent('segment.updated'),
  'segment.deleted': segmentEvent('segment.deleted'),
  'upload.created': defineEvent({
    type: 'upload.created',
    data: z.object({ id: idSchema, accepted: z.int(), rejected: z.int(), at: timeSchema }),
    subject: ({ id }) => `upload/${id}`,
    key: ({ id }) => `upload:${id}`,
    tags: ({ id }) => [tags.upload(id)],
    audiences: [
      {
        channel: () => channels.adminWith('campaigns:read'),
        fields: ['id', 'accepted', 'rejected', 'at'],
      },
    ],
  }),
  'upload.forgotten': defineEvent({
    type: 'upload.forgotten',
    data: z.object({ id: idSchema, at: timeSchema }),
    subject: ({ id }) => `upload/${id}`,
    key: ({ id }) => `upload:${id}`,
    tags: ({ id }) => [tags.upload(id)],
  }),
} as const;
