import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { auditRecordSchema } from '../services/audit.ts';
import { tags } from '../tags.ts';

export const auditEvents = {
  /** Something that staff changed was written down; that it was, is not. */
  'audit.recorded': defineEvent({
    type: 'audit.recorded',
    data: auditRecordSchema.omit({ actorName: true }),
    subject: (record) => `audit/${record.id}`,
    key: () => 'audit',
    tags: () => [tags.audit()],
    audiences: [
      {
        channel: () => channels.adminWith('audit:read'),
        fields: ['id', 'at', 'actorId', 'action', 'subject', 'fields'],
      },
    ],
  }),
} as const;
