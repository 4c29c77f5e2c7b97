import * as z from 'zod';
import { PERMISSIONS, ROLE_NAMES, type Role } from './permissions.ts';

/**
 * Who is asking, as the user service vouches for it: the claims of an access token and of the
 * internal token that a BFF sends along to services.
 */
export const identitySchema = z.object({
  /** The person's id. */
  userId: z.uuid(),
  tenantId: z.string(),
  /** The log-in this identity came from; closing it revokes every token of it. */
  sessionId: z.uuid(),
  roles: z.array(z.enum(ROLE_NAMES as [Role, ...Role[]])),
  permissions: z.array(z.enum(PERMISSIONS)),
  /** Raised with every change of roles or status: cached views are keyed by it. */
  permissionVersion: z.int(),
});

export type Identity = z.infer<typeof identitySchema>;

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Who asks when no person does: reactions, warm-up, schedules. Services let it do anything. */
export const SYSTEM_IDENTITY: Identity = {
  userId: NOBODY,
  tenantId: 'system',
  sessionId: NOBODY,
  roles: [],
  permissions: [...PERMISSIONS],
  permissionVersion: 0,
};
