import { type Identity, PERMISSIONS } from '@cloudphone/contracts';

/** Somebody who may do everything. */
export function staffIdentity(userId: string): Identity {
  return {
    userId,
    tenantId: 'cloudphone',
    sessionId: userId,
    roles: ['admin'],
    permissions: [...PERMISSIONS],
    permissionVersion: 1,
  };
}

export function customerIdentity(userId: string): Identity {
  return {
    userId,
    tenantId: 'acme',
    sessionId: userId,
    roles: ['customer'],
    permissions: [],
    permissionVersion: 1,
  };
}
