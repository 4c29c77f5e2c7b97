/** Everything a person can be allowed to do in the admin console. */
export const PERMISSIONS = [
  'dashboard:read',
  'devices:read',
  'devices:write',
  'users:read',
  'users:write',
  'orders:read',
  'refunds:read',
  'refunds:write',
  'reports:read',
  'settings:read',
  'settings:write',
  'catalogue:write',
  'announcements:write',
  'campaigns:read',
  'campaigns:write',
  'campaigns:approve',
  'templates:read',
  'templates:write',
  'cache:read',
  'cache:write',
  'events:read',
  'events:write',
  'audit:read',
  'queues:read',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

const reading = PERMISSIONS.filter((permission) => permission.endsWith(':read'));

/** Roles and what they grant. `customer` is a person of the user app and grants nothing here. */
export const ROLES = {
  admin: PERMISSIONS,
  operations: [
    'dashboard:read',
    'devices:read',
    'users:read',
    'reports:read',
    'announcements:write',
    'campaigns:read',
    'campaigns:write',
    'campaigns:approve',
    'templates:read',
    'templates:write',
    'queues:read',
  ],
  support: reading,
  finance: [
    'dashboard:read',
    'users:read',
    'orders:read',
    'refunds:read',
    'refunds:write',
    'reports:read',
  ],
  customer: [],
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as Role[];

/** The permissions of several roles together, in register order. */
export function permissionsOf(roles: readonly Role[]): Permission[] {
  const granted = new Set<Permission>(roles.flatMap((role) => [...ROLES[role]]));
  return PERMISSIONS.filter((permission) => granted.has(permission));
}
