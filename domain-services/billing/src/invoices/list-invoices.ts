import { billingCalls, tags } from '@cloudphone/contracts';
import { pageFrom, readPlace, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { BillingTables } from '../schema.ts';
import { presentInvoice, presentLine } from './present-invoice.ts';

const place = z.tuple([z.string().regex(/^\d{4}-\d{2}$/)]);

/** A person's invoices, that of the latest month first, each with its lines. */
export function listInvoicesRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.listInvoices, async ({ params, query }) => {
    let wanted = db.selectFrom('invoices').selectAll().where('user_id', '=', params.userId);
    if (query.cursor !== undefined) {
      const [month] = readPlace(query.cursor, '-month', place);
      wanted = wanted.where('month', '<', month);
    }
    const rows = await wanted
      .orderBy('month', 'desc')
      .limit(query.limit + 1)
      .execute();
    const page = pageFrom(rows, query.limit, ({ month }) => ['-month', month]);
    // Lines never change, so a second look shows those of the same moment.
    const lines = await db
      .selectFrom('invoice_lines')
      .selectAll()
      .where('invoice_id', '=', sql<string>`any(${page.items.map(({ id }) => id)}::uuid[])`)
      .orderBy('number')
      .execute();
    const items = page.items.map((invoice) => ({
      ...presentInvoice(invoice),
      lines: lines.filter(({ invoice_id }) => invoice_id === invoice.id).map(presentLine),
    }));
    return {
      body: { items, nextCursor: page.nextCursor },
      tags: [{ tag: tags.invoicesOf(params.userId) }],
    };
  });
}
