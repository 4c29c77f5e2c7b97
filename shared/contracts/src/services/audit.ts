import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';

/** What a member of staff changed: of the data, the names of its fields only. */
export const auditRecordSchema = z.object({
  /** The id of the event that told of it. */
  id: idSchema,
  at: timeSchema,
  actorId: idSchema,
  /** Their user name at that time; null once they are erased. */
  actorName: z.string().nullable(),
  /** The event's type: `user.roles_changed`. */
  action: z.string(),
  /** `user/42` */
  subject: z.string(),
  fields: z.array(z.string()),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;

/** What the user service answers of the audit log. */
export const auditCalls = {
  /** The latest first; kept for a year. */
  listAudit: defineCall({
    service: 'user',
    name: 'listAudit',
    method: 'GET',
    path: '/audit',
    query: z.strictObject({
      ...pageQuery,
      actor: idSchema.optional(),
      /** A type of event, or a family of them: `user`. */
      action: z
        .string()
        .regex(/^[a-z_]{1,40}(\.[a-z_]{1,40})?$/, { message: 'reads like user or user.updated' })
        .optional(),
      since: timeSchema.optional(),
    }),
    answer: pageOf(auditRecordSchema),
    knownTags: () => [tags.audit()],
  }),
} as const;
