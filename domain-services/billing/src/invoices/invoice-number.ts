import { sql } from '@cloudphone/postgres';
import type { BillingTransaction } from '../schema.ts';

/** The next number of the year's series, taken if and only if this transaction commits. */
export async function nextInvoiceNumber(tx: BillingTransaction, at: Date): Promise<string> {
  const year = at.getUTCFullYear();
  const { last } = await tx
    .insertInto('invoice_series')
    .values({ year, last: 1 })
    .onConflict((conflict) =>
      conflict.column('year').doUpdateSet({ last: sql`invoice_series.last + 1` }),
    )
    .returning('last')
    .executeTakeFirstOrThrow();
  return invoiceNumber(year, last);
}

/** `2026-000001` */
function invoiceNumber(year: number, position: number): string {
  return `${year}-${String(position).padStart(6, '0')}`;
}
