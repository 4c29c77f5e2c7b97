import { deviceStatusSchema, idSchema, pageQuery } from '@cloudphone/contracts';
import * as z from 'zod';

/** What the list can be asked for; `userId` is the owner. */
export const devicesQuery = z.strictObject({
  ...pageQuery,
  status: deviceStatusSchema.optional(),
  userId: idSchema.optional(),
  q: z.string().max(100).optional(),
  sort: z.enum(['name', '-createdAt', 'expiresAt']).default('name'),
});
