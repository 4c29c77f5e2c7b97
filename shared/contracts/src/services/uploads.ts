import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

/** What an uploaded file of recipients came to. Bad rows cost themselves only. */
export const uploadSchema = z.object({
  id: idSchema,
  /** Columns that fill in a template's variables. */
  fields: z.array(z.string()),
  /** Data rows in the file. */
  rows: z.int(),
  /** People in it, each once. */
  accepted: z.int(),
  /** Rows of a person who was there before; the first one counts. */
  duplicates: z.int(),
  rejected: z.int(),
  /** Of the rejected rows the first, by line. */
  issues: z.array(z.object({ line: z.int(), message: z.string() })),
  createdAt: timeSchema,
  expiresAt: timeSchema,
});
export type Upload = z.infer<typeof uploadSchema>;

/** What the notification service answers of uploaded files of recipients. */
export const uploadCalls = {
  /**
   * CSV in UTF-8 with a header: `userId`, `email` or `username`, and columns that fill in variables.
   * 422 for a file that cannot be read or has nobody in it.
   */
  createUpload: defineCall({
    service: 'notification',
    name: 'createUpload',
    method: 'POST',
    path: '/notifications/uploads',
    bodyMedia: 'text/csv',
    answer: uploadSchema,
    status: 201,
  }),
  getUpload: defineCall({
    service: 'notification',
    name: 'getUpload',
    method: 'GET',
    path: '/notifications/uploads/:uploadId',
    params: z.strictObject({ uploadId: idSchema }),
    answer: uploadSchema,
    knownTags: ({ params }) => [tags.upload(params.uploadId)],
  }),
} as const;
