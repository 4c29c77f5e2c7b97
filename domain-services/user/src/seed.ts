import {
  DEMO_DEVICES_PER_PERSON,
  DEMO_STAFF,
  type DemoPerson,
  type DemoSeeding,
  demoDevicesOf,
  demoPerson,
  insertInBatches,
} from '@cloudphone/domain-service';
import type { Insertable, Transaction } from '@cloudphone/postgres';
import type { UserTables } from './schema.ts';
import { hashPassword } from './sessions/passwords.ts';

const DAY_MS = 24 * 3_600_000;
const QUOTA_DEVICES = 5;
const JOINED_WITHIN_DAYS = 60;

/**
 * Demo accounts with their quotas and the devices these count. Each distinct password is hashed once, not once a person: ten
 * thousand Argon2 hashes take minutes, and everybody knows these passwords anyway.
 */
export async function seedUsers(
  db: Transaction<UserTables>,
  { people, firstPerson, nowMs }: DemoSeeding,
): Promise<void> {
  const numbers = Array.from({ length: people - firstPerson + 1 }, (_, at) => firstPerson + at);
  const staff = firstPerson === 1 ? DEMO_STAFF : [];
  const hashes = await hashEach([...staff, demoPerson(1)].map(({ password }) => password));
  const hashOf = ({ password, username }: DemoPerson): string => {
    const hash = hashes.get(password);
    if (hash === undefined) throw new Error(`the password of ${username} was not hashed`);
    return hash;
  };
  const rowOf = (person: DemoPerson, joinedMs: number): Insertable<UserTables['people']> => ({
    id: person.id,
    username: person.username,
    email: person.email,
    name: person.name,
    tenant_id: person.tenantId,
    status: 'active',
    roles: [...person.roles],
    locale: person.locale,
    time_zone: person.timeZone,
    password_hash: hashOf(person),
    permission_version: 1,
    version: 1,
    created_at: new Date(joinedMs),
    updated_at: new Date(joinedMs),
    access_changed_at: null,
  });
  const joinedMs = (n: number) => nowMs - (n % JOINED_WITHIN_DAYS) * DAY_MS;

  const rows = [
    ...staff.map((person) => rowOf(person, nowMs - JOINED_WITHIN_DAYS * DAY_MS)),
    ...numbers.map((n) => rowOf(demoPerson(n), joinedMs(n))),
  ];
  await insertInBatches(rows, (batch) => db.insertInto('people').values(batch).execute());
  const quotas = numbers.map((n) => ({
    user_id: demoPerson(n).id,
    devices_limit: QUOTA_DEVICES,
    devices_used: DEMO_DEVICES_PER_PERSON,
    valid_until: new Date(nowMs + (30 + (n % 60)) * DAY_MS),
    version: 1,
  }));
  await insertInBatches(quotas, (batch) => db.insertInto('quotas').values(batch).execute());
  const devices = numbers.flatMap((n) =>
    demoDevicesOf(n).map(({ id, owner }) => ({ device_id: id, owner_id: owner.id, version: 1 })),
  );
  await insertInBatches(devices, (batch) => db.insertInto('quota_devices').values(batch).execute());
}

async function hashEach(passwords: readonly string[]): Promise<Map<string, string>> {
  const pairs = [...new Set(passwords)].map(
    async (password) => [password, await hashPassword(password)] as const,
  );
  return new Map(await Promise.all(pairs));
}
