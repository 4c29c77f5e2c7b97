import type { NewEvent } from '@cloudphone/contracts';
import { defineReaction } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { endOrder } from '../orders/end-order.ts';
import { presentOrder } from '../orders/present-order.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { rememberPerson } from './known-person.ts';

/**
 * A person is gone: purchases that wait are cancelled, what they rent is told of no more, and with
 * `erase` what orders copied of them is blanked. Rows of money keep the id.
 */
export const onPersonDeleted = defineReaction<'user.deleted', BillingTables>({
  on: 'user.deleted',
  name: 'forget-person',
  run: async ({ data }, tx) => {
    const { id, tenantId, erase, version, at } = data;
    const isNews = await rememberPerson(tx, {
      user_id: id,
      name: '',
      email: '',
      tenant_id: erase ? '' : tenantId,
      version,
      is_deleted: true,
    });
    if (!isNews) return [];
    const events = erase ? await blankCopies(tx, id, at) : [];
    // No answer shows when the next notice is due.
    await tx
      .updateTable('orders')
      .set({ next_notice_at: null })
      .where('user_id', '=', id)
      .where('next_notice_at', 'is not', null)
      .execute();
    return [...events, ...(await cancelOpenOrders(tx, id, new Date(at)))];
  },
});

async function blankCopies(tx: BillingTransaction, userId: string, at: string) {
  const blanked = await tx
    .updateTable('orders')
    .set({
      user_name: '',
      user_email: '',
      version: sql`version + 1`,
      updated_at: sql`greatest(updated_at, ${at}::timestamptz)`,
    })
    .where('user_id', '=', userId)
    .where(sql<boolean>`(user_name, user_email) is distinct from ('', '')`)
    .returningAll()
    .execute();
  return blanked.map((row): NewEvent => ({ type: 'order.updated', data: presentOrder(row) }));
}

async function cancelOpenOrders(
  tx: BillingTransaction,
  userId: string,
  at: Date,
): Promise<NewEvent[]> {
  const open = await tx
    .selectFrom('orders')
    .selectAll()
    .where('user_id', '=', userId)
    .where('status', 'in', ['created', 'paid'])
    .orderBy('id')
    .forUpdate()
    .execute();
  const events: NewEvent[] = [];
  for (const order of open) {
    events.push(...(await endOrder(tx, order, { status: 'cancelled', at })).events);
  }
  return events;
}
