import type { Invoice } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import type { InvoiceLineTable, InvoiceTable } from '../schema.ts';

export type InvoiceRow = Selectable<InvoiceTable>;
type LineRow = Pick<Selectable<InvoiceLineTable>, 'kind' | 'about_id' | 'amount'>;

/** What events tell of an invoice; its lines are read. */
export function presentInvoice(row: InvoiceRow): Omit<Invoice, 'lines'> {
  return {
    id: row.id,
    number: row.number,
    userId: row.user_id,
    month: row.month,
    total: moneyOf(row.total),
    due: moneyOf(row.due),
    status: row.status,
    issuedAt: row.issued_at.toISOString(),
    dueAt: row.due_at.toISOString(),
  };
}

export function presentLine(row: LineRow): Invoice['lines'][number] {
  return { kind: row.kind, aboutId: row.about_id, amount: moneyOf(row.amount) };
}
