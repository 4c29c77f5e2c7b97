import { billingCalls, tags } from '@cloudphone/contracts';
import { newestPage, readsOfBatch, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { BillingTables } from '../schema.ts';
import { presentOrder, readOfOrder } from './present-order.ts';

/**
 * The newest first, of everybody or of one person. `ids` are answered at once, whatever the limit;
 * those that do not exist are left out.
 */
export function listOrdersRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.listOrders, async ({ query }) => {
    const { ids, userId, status, idempotencyKey } = query;
    let wanted = db.selectFrom('orders').selectAll();
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (userId !== undefined) wanted = wanted.where('user_id', '=', userId);
    if (status !== undefined) wanted = wanted.where('status', '=', status);
    if (idempotencyKey !== undefined) {
      wanted = wanted.where('idempotency_key', '=', idempotencyKey);
    }
    const { items, nextCursor } = await newestPage(
      wanted,
      { limit: ids?.length ?? query.limit, cursor: query.cursor },
      { order: '-createdAt', at: 'created_at', id: 'id' },
    );
    const page = { items: items.map(presentOrder), nextCursor };
    const present = page.items.map(readOfOrder);
    if (ids !== undefined) return { body: page, tags: readsOfBatch(ids, tags.order, present) };
    const collection = userId === undefined ? tags.orders() : tags.ordersOf(userId);
    return { body: page, tags: [{ tag: collection }, ...present] };
  });
}
