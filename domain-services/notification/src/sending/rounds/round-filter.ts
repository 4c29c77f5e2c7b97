import { channelKindSchema } from '@cloudphone/contracts';
import * as z from 'zod';

/** Which deliveries are meant; everything that is not named matches. */
export const roundFilterSchema = z.strictObject({
  channel: channelKindSchema.optional(),
  /** Of what went wrong: `smtp_550`. */
  code: z.string().max(100).optional(),
});

export type RoundFilter = z.infer<typeof roundFilterSchema>;
