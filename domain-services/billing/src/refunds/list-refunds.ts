import { billingCalls, tags, timeSchema } from '@cloudphone/contracts';
import { pageFrom, readPlace, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { BillingTables } from '../schema.ts';
import { presentRefund } from './present-refund.ts';

const place = z.tuple([timeSchema, z.uuid()]);

/** The newest first, of every order or of one. */
export function listRefundsRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.listRefunds, async ({ query }) => {
    const { status, orderId, limit, cursor } = query;
    let wanted = db.selectFrom('refunds').selectAll();
    if (status !== undefined) wanted = wanted.where('status', '=', status);
    if (orderId !== undefined) wanted = wanted.where('order_id', '=', orderId);
    if (cursor !== undefined) {
      const [at, id] = readPlace(cursor, '-requestedAt', place);
      wanted = wanted.where(sql<boolean>`(requested_at, id) < (${at}::timestamptz, ${id}::uuid)`);
    }
    const rows = await wanted
      .orderBy('requested_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const page = pageFrom(rows.map(presentRefund), limit, ({ requestedAt, id }) => [
      '-requestedAt',
      requestedAt,
      id,
    ]);
    return {
      body: page,
      tags: [{ tag: orderId === undefined ? tags.refunds() : tags.refundOf(orderId) }],
    };
  });
}
