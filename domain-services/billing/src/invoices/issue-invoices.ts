import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged, type Written } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { runEach } from '../jobs/run-each.ts';
import { lockBalance } from '../ledger/move-persons-money.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { monthOf, monthStartMs } from '../usage/calendar-month.ts';
import { linesOf } from './invoice-lines.ts';
import { nextInvoiceNumber } from './invoice-number.ts';
import { presentInvoice } from './present-invoice.ts';

const AT_A_TIME = 500;
const TIME_TO_PAY_MS = 14 * 86_400_000;

/** Of whom, and for which month (`2026-01`). */
interface Wanted {
  readonly user_id: string;
  readonly month: string;
}

/**
 * Makes the invoices of the months (UTC) that are over: one for each person who was charged, however
 * many instances do this. A charge that is entered after its month's invoice comes on the next one.
 */
export async function issueInvoices(tools: ServiceTools<BillingTables>): Promise<void> {
  const at = new Date(tools.clock.now());
  const month = sql<string>`to_char(charges.at at time zone 'UTC', 'YYYY-MM')`;
  const wanted = await tools.db
    .selectFrom('charges')
    .select(['charges.user_id', month.as('month')])
    .distinct()
    .where('invoice_id', 'is', null)
    .where('charges.at', '<', new Date(monthOf(at.getTime()).startMs))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('invoices')
            .select('invoices.id')
            .whereRef('invoices.user_id', '=', 'charges.user_id')
            .where('invoices.month', '=', month),
        ),
      ),
    )
    .orderBy('month')
    .orderBy('charges.user_id')
    .limit(AT_A_TIME)
    .execute();
  await runEach(tools, wanted, {
    what: 'an invoice was not made',
    run: (of) => tools.writer.write((tx) => issueInvoice(tx, of, at)),
  });
}

async function issueInvoice(
  tx: BillingTransaction,
  { user_id: userId, month }: Wanted,
  at: Date,
): Promise<Written<undefined>> {
  // Also the turnstile of those who make invoices for this person at once.
  const balance = await lockBalance(tx, userId);
  if (await isIssued(tx, { user_id: userId, month })) return unchanged(undefined);
  const charges = await tx
    .selectFrom('charges')
    .select(['id', 'kind', 'about_id', 'amount'])
    .where('user_id', '=', userId)
    .where('invoice_id', 'is', null)
    .where('at', '<', new Date(monthOf(monthStartMs(month)).endMs))
    .orderBy('at')
    .orderBy('id')
    .forUpdate()
    .execute();
  if (charges.length === 0) return unchanged(undefined);
  const total = charges.reduce((sum, { amount }) => sum + amount, 0);
  const owed = Math.max(0, -balance) - (await dueAlready(tx, userId));
  const due = Math.max(0, Math.min(total, owed));
  const invoice = await tx
    .insertInto('invoices')
    .values({
      id: randomId(),
      number: await nextInvoiceNumber(tx, at),
      user_id: userId,
      month,
      total,
      due,
      status: due === 0 ? 'paid' : 'open',
      issued_at: at,
      due_at: new Date(at.getTime() + TIME_TO_PAY_MS),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const lines = linesOf(charges).map((line, index) => ({
    ...line,
    invoice_id: invoice.id,
    number: index + 1,
  }));
  await tx.insertInto('invoice_lines').values(lines).execute();
  const ids = charges.map(({ id }) => id);
  await tx
    .updateTable('charges')
    .set({ invoice_id: invoice.id })
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
  return {
    result: undefined,
    events: [{ type: 'billing.invoice_generated', data: presentInvoice(invoice) }],
  };
}

async function isIssued(tx: BillingTransaction, { user_id, month }: Wanted): Promise<boolean> {
  const issued = await tx
    .selectFrom('invoices')
    .select('id')
    .where('user_id', '=', user_id)
    .where('month', '=', month)
    .executeTakeFirst();
  return issued !== undefined;
}

/** What earlier invoices ask for already. */
async function dueAlready(tx: BillingTransaction, userId: string): Promise<number> {
  const { due } = await tx
    .selectFrom('invoices')
    .select((of) => of.fn.sum<string | null>('due').as('due'))
    .where('user_id', '=', userId)
    .where('status', '<>', 'paid')
    .executeTakeFirstOrThrow();
  return Number(due ?? 0);
}
