import { billingCalls, tags, timeSchema } from '@cloudphone/contracts';
import { pageFrom, readPlace, readsOfBatch, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { BillingTables } from '../schema.ts';
import { presentOrder, readOfOrder } from './present-order.ts';

const place = z.tuple([timeSchema, z.uuid()]);

/**
 * The newest first, of everybody or of one person. `ids` are answered at once, whatever the limit;
 * those that do not exist are left out.
 */
export function listOrdersRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.listOrders, async ({ query }) => {
    const { ids, userId, status, idempotencyKey } = query;
    const limit = ids?.length ?? query.limit;
    let wanted = db.selectFrom('orders').selectAll();
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (userId !== undefined) wanted = wanted.where('user_id', '=', userId);
    if (status !== undefined) wanted = wanted.where('status', '=', status);
    if (idempotencyKey !== undefined) {
      wanted = wanted.where('idempotency_key', '=', idempotencyKey);
    }
    if (query.cursor !== undefined) {
      const [at, id] = readPlace(query.cursor, '-createdAt', place);
      wanted = wanted.where(sql<boolean>`(created_at, id) < (${at}::timestamptz, ${id}::uuid)`);
    }
    const rows = await wanted
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();

    const page = pageFrom(rows.map(presentOrder), limit, ({ createdAt, id }) => [
      '-createdAt',
      createdAt,
      id,
    ]);
    const present = page.items.map(readOfOrder);
    if (ids !== undefined) return { body: page, tags: readsOfBatch(ids, tags.order, present) };
    const collection = userId === undefined ? tags.orders() : tags.ordersOf(userId);
    return { body: page, tags: [{ tag: collection }, ...present] };
  });
}
