import type { OrderStatus } from '@cloudphone/contracts';
import type { Updateable } from '@cloudphone/postgres';
import type { BillingTransaction, OrderTable } from '../schema.ts';
import type { OrderRow } from './present-order.ts';

/** Moves a locked order on: its step is appended, its status and version follow. */
export async function appendStep(
  tx: BillingTransaction,
  order: OrderRow,
  step: {
    readonly status: OrderStatus;
    readonly at: Date;
    /** Columns that the step changes besides. */
    readonly also?: Updateable<OrderTable>;
  },
): Promise<OrderRow> {
  const { status, at, also } = step;
  const last = await tx
    .selectFrom('order_steps')
    .select((of) => of.fn.max('number').as('number'))
    .where('order_id', '=', order.id)
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('order_steps')
    .values({ order_id: order.id, number: (last.number ?? 0) + 1, status, at })
    .execute();
  return tx
    .updateTable('orders')
    .set({ ...also, status, version: order.version + 1, updated_at: at })
    .where('id', '=', order.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
