import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { isTag } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

export const systemEvents = {
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
} as const;
