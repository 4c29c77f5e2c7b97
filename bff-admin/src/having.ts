import type { Permission } from '@cloudphone/contracts';

/** Who may: anybody in the console who holds the permission. */
export const having = (permission: Permission) => ({ kind: 'permission' as const, permission });
