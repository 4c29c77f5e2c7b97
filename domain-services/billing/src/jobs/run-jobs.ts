import { repeatEvery, type ServiceTools } from '@cloudphone/domain-service';
import type { Lifecycle } from '@cloudphone/runtime';
import { issueInvoices } from '../invoices/issue-invoices.ts';
import { markOverdueInvoices } from '../invoices/mark-overdue.ts';
import { advanceDuePurchases } from '../orders/advance-purchase.ts';
import { settleUndecidedPayments } from '../payments/settle-undecided.ts';
import type { BillingPorts } from '../routes.ts';
import type { BillingTables } from '../schema.ts';
import { tellSubscribers } from '../subscriptions/tell-subscribers.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/**
 * What time alone brings about. Every instance runs all of it: work lists in the database decide
 * who does what, once.
 */
export async function runJobs(
  tools: ServiceTools<BillingTables>,
  { payments, purchases }: BillingPorts,
  lifecycle: Lifecycle,
): Promise<void> {
  const { clock, logger } = tools;
  const jobs = [
    ['purchases', SECOND_MS, () => advanceDuePurchases(tools, purchases)],
    ['undecided payments', 5 * SECOND_MS, () => settleUndecidedPayments(tools, payments)],
    ['subscribers', MINUTE_MS, () => tellSubscribers(tools)],
    ['invoices', 10 * MINUTE_MS, () => issueInvoices(tools)],
    ['overdue invoices', 10 * MINUTE_MS, () => markOverdueInvoices(tools)],
  ] as const;
  for (const [name, everyMs, run] of jobs) {
    repeatEvery(everyMs, { name, run }, { clock, logger, lifecycle });
  }
}
