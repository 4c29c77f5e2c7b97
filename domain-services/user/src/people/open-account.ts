import type { NewEvent, Person, Role } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import { isUniqueViolation, type Transaction } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { firstQuota } from '../quotas/first-quota.ts';
import type { UserTables } from '../schema.ts';
import { type PersonRow, presentPerson } from './present-person.ts';

export interface NewAccount {
  readonly username: string;
  readonly email: string;
  readonly name: string;
  readonly tenantId: string;
  readonly roles: readonly Role[];
  readonly locale: string;
  readonly timeZone: string;
  readonly passwordHash: string;
}

/**
 * Inserts a person, with a quota when they are a customer, and returns the events of it. Rejects
 * with the driver's error when the user name or the e-mail address is taken; `whatIsTaken` reads it.
 */
export async function openAccount(
  tx: Transaction<UserTables>,
  account: NewAccount,
  at: Date,
): Promise<{ person: Person; row: PersonRow; events: [NewEvent, ...NewEvent[]] }> {
  const row = await tx
    .insertInto('people')
    .values({
      id: randomId(),
      username: account.username,
      email: account.email,
      name: account.name,
      tenant_id: account.tenantId,
      status: 'active',
      roles: [...new Set(account.roles)],
      locale: account.locale,
      time_zone: account.timeZone,
      password_hash: account.passwordHash,
      permission_version: 1,
      version: 1,
      created_at: at,
      updated_at: at,
      access_changed_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const person = presentPerson(row);
  const quota = account.roles.includes('customer') ? await firstQuota(tx, row.id, at) : [];
  return { person, row, events: [{ type: 'user.created', data: person }, ...quota] };
}

/** What the account that could not be opened has in common with another; undefined: nothing. */
export function whatIsTaken(err: unknown): 'username' | 'email' | undefined {
  if (isUniqueViolation(err, 'people_email')) return 'email';
  const isName = ['people_username', 'people_in_order'].some((by) => isUniqueViolation(err, by));
  return isName ? 'username' : undefined;
}

/** already_exists, saying what of it. */
export function isTaken(what: 'username' | 'email') {
  const detail =
    what === 'username'
      ? 'This user name is taken.'
      : 'This e-mail address belongs to another account.';
  return appError('already_exists', { detail });
}
