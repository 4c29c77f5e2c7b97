import type { Role } from '@cloudphone/contracts';
import { namedId } from '@cloudphone/runtime';
import { DEMO_NAMESPACE } from './demo-namespace.ts';

/** Where demo people belong; staff belongs to the platform itself. */
export const DEMO_TENANTS = ['acme', 'globex', 'initech', 'umbrella'] as const;
export const DEMO_STAFF_TENANT = 'cloudphone';

/** A demo account; the same in every service, because it is computed and never exchanged. */
export interface DemoPerson {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly tenantId: string;
  readonly roles: readonly Role[];
  readonly locale: 'zh-CN' | 'en';
  readonly timeZone: string;
  /** Demo mode only. */
  readonly password: string;
}

const GIVEN_NAMES = [
  'Wei',
  'Ada',
  'Jing',
  'Alan',
  'Min',
  'Grace',
  'Tao',
  'Edsger',
  'Yan',
  'Barbara',
];
const FAMILY_NAMES = ['Chen', 'Lovelace', 'Wang', 'Turing', 'Li', 'Hopper', 'Zhao'];

const idOf = (username: string) => namedId(DEMO_NAMESPACE, `person/${username}`);

const pick = <Item>(list: readonly Item[], index: number): Item =>
  list[index % list.length] as Item;

/** Person number `n`, from 1: `user001`, `user002`, … */
export function demoPerson(n: number): DemoPerson {
  const username = `user${String(n).padStart(3, '0')}`;
  const isChinese = n % 2 === 1;
  return {
    id: idOf(username),
    username,
    name: `${pick(GIVEN_NAMES, n - 1)} ${pick(FAMILY_NAMES, n - 1)}`,
    email: `${username}@example.com`,
    tenantId: pick(DEMO_TENANTS, n - 1),
    roles: ['customer'],
    locale: isChinese ? 'zh-CN' : 'en',
    timeZone: isChinese ? 'Asia/Shanghai' : 'Europe/London',
    password: 'user-demo',
  };
}

const staff = (username: string, name: string, role: Role): DemoPerson => ({
  id: idOf(username),
  username,
  name,
  email: `${username}@cloudphone.example`,
  tenantId: DEMO_STAFF_TENANT,
  roles: [role],
  locale: 'en',
  timeZone: 'UTC',
  password: `${username}-demo`,
});

/** The accounts of the admin console. */
export const DEMO_STAFF = [
  staff('admin', 'Admin', 'admin'),
  staff('ops', 'Operations', 'operations'),
  staff('support', 'Support', 'support'),
  staff('finance', 'Finance', 'finance'),
  staff('finance2', 'Second Finance', 'finance'),
] as const satisfies readonly DemoPerson[];

/** A staff account by its user name. */
export function demoStaff(username: 'admin' | 'ops' | 'support' | 'finance' | 'finance2') {
  return DEMO_STAFF.find((person) => person.username === username) as DemoPerson;
}
