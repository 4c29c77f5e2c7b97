import { billingCalls, tags } from '@cloudphone/contracts';
import { pageFrom, readPlace, readsOfBatch, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { BillingTables } from '../schema.ts';
import { presentPlan } from './present-plan.ts';

const place = z.tuple([z.string().regex(/^\d{1,15}$/), z.uuid()]);

/**
 * The cheapest first, retired ones included. `ids` are answered at once, whatever the limit; those
 * that do not exist are left out.
 */
export function listPlansRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.listPlans, async ({ query }) => {
    const { ids } = query;
    const limit = ids?.length ?? query.limit;
    let wanted = db.selectFrom('plans').selectAll();
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (query.cursor !== undefined) {
      const [price, id] = readPlace(query.cursor, 'price', place);
      wanted = wanted.where(sql<boolean>`(price, id) > (${price}::bigint, ${id}::uuid)`);
    }
    const rows = await wanted
      .orderBy('price')
      .orderBy('id')
      .limit(limit + 1)
      .execute();

    const page = pageFrom(rows.map(presentPlan), limit, ({ price, id }) => [
      'price',
      String(price.amount),
      id,
    ]);
    const present = page.items.map(({ id, version }) => ({ tag: tags.plan(id), version }));
    if (ids !== undefined) return { body: page, tags: readsOfBatch(ids, tags.plan, present) };
    return { body: page, tags: [{ tag: tags.plans() }, ...present] };
  });
}
