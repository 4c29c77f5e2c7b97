import type { EventBody, NewEvent } from '@cloudphone/contracts';
import { defineReaction } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { presentOrder } from '../orders/present-order.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { rememberPerson } from './known-person.ts';

export const onUserCreated = defineReaction<'user.created', BillingTables>({
  on: 'user.created',
  name: 'remember-person',
  run: ({ data }, tx) => refreshCopies(tx, data),
});

export const onUserUpdated = defineReaction<'user.updated', BillingTables>({
  on: 'user.updated',
  name: 'refresh-person-copies',
  run: ({ data }, tx) => refreshCopies(tx, data),
});

/**
 * Refreshes what orders copy of a person, and tells of each order in the same transaction: views of
 * orders show the copies and would stay old otherwise. An older version of the person than the one
 * known changes nothing.
 */
async function refreshCopies(
  tx: BillingTransaction,
  person: EventBody<'user.updated'>,
): Promise<NewEvent[]> {
  const { id, name, email, tenantId, version, updatedAt } = person;
  const isNews = await rememberPerson(tx, {
    user_id: id,
    name,
    email,
    tenant_id: tenantId,
    version,
  });
  if (!isNews) return [];
  const refreshed = await tx
    .updateTable('orders')
    .set({
      user_name: name,
      user_email: email,
      tenant_id: tenantId,
      version: sql`version + 1`,
      updated_at: sql`greatest(updated_at, ${updatedAt}::timestamptz)`,
    })
    .where('user_id', '=', id)
    .where(
      sql<boolean>`(user_name, user_email, tenant_id) is distinct from (${name}, ${email}, ${tenantId})`,
    )
    .returningAll()
    .execute();
  return refreshed.map((row): NewEvent => ({ type: 'order.updated', data: presentOrder(row) }));
}
