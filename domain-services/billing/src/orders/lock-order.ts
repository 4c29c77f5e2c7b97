import type { BillingTransaction } from '../schema.ts';
import type { OrderRow } from './present-order.ts';

/** The order as it is now; nobody else moves it on before this transaction ends. */
export async function lockOrder(
  tx: BillingTransaction,
  orderId: string,
): Promise<OrderRow | undefined> {
  return tx
    .selectFrom('orders')
    .selectAll()
    .where('id', '=', orderId)
    .forUpdate()
    .executeTakeFirst();
}
