import type { Identity } from '@cloudphone/contracts';
import type { Scope } from '@cloudphone/view-cache';

export type Audience = 'admin' | 'user';

/** Whose cached views a person may share. */
export function scopeOf(audience: Audience, identity: Identity): Scope {
  const { tenantId, userId, permissionVersion } = identity;
  return { audience, tenant: tenantId, subject: userId, permissionVersion };
}
