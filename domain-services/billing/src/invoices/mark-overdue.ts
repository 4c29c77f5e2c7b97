import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged, type Written } from '@cloudphone/event-log';
import { runEach } from '../jobs/run-each.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { presentInvoice } from './present-invoice.ts';

const AT_A_TIME = 500;

/** Invoices that are not paid in time become overdue, and that is told once. */
export async function markOverdueInvoices(tools: ServiceTools<BillingTables>): Promise<void> {
  const at = new Date(tools.clock.now());
  const due = await tools.db
    .selectFrom('invoices')
    .select('id')
    .where('status', '=', 'open')
    .where('due_at', '<=', at)
    .orderBy('due_at')
    .limit(AT_A_TIME)
    .execute();
  await runEach(tools, due, {
    what: 'an invoice was not marked overdue',
    run: ({ id }) => tools.writer.write((tx) => markOverdue(tx, id)),
  });
}

async function markOverdue(tx: BillingTransaction, id: string): Promise<Written<undefined>> {
  const invoice = await tx
    .updateTable('invoices')
    .set({ status: 'overdue' })
    .where('id', '=', id)
    .where('status', '=', 'open')
    .returningAll()
    .executeTakeFirst();
  if (invoice === undefined) return unchanged(undefined);
  return {
    result: undefined,
    events: [{ type: 'billing.invoice_overdue', data: presentInvoice(invoice) }],
  };
}
