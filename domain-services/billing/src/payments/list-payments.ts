import { billingCalls, tags, timeSchema } from '@cloudphone/contracts';
import { pageFrom, readPlace, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { BillingTables } from '../schema.ts';
import { presentPayment } from './present-payment.ts';

const place = z.tuple([timeSchema, z.uuid()]);

/** What a person paid in, or tried to: the newest first. */
export function listPaymentsRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.listPayments, async ({ params, query }) => {
    let wanted = db.selectFrom('payments').selectAll().where('user_id', '=', params.userId);
    if (query.cursor !== undefined) {
      const [at, id] = readPlace(query.cursor, '-createdAt', place);
      wanted = wanted.where(sql<boolean>`(created_at, id) < (${at}::timestamptz, ${id}::uuid)`);
    }
    const rows = await wanted
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(query.limit + 1)
      .execute();
    const page = pageFrom(rows.map(presentPayment), query.limit, ({ createdAt, id }) => [
      '-createdAt',
      createdAt,
      id,
    ]);
    return { body: page, tags: [{ tag: tags.paymentsOf(params.userId) }] };
  });
}
