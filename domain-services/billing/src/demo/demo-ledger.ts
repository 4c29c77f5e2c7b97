import { demoId, demoPerson } from '@cloudphone/domain-service';
import { personAccount, providerAccount, REVENUE_ACCOUNT } from '../ledger/post-transaction.ts';
import type { ChargeTable, LedgerTransactionTable } from '../schema.ts';
import { monthOf } from '../usage/calendar-month.ts';
import type { DemoOrder } from './demo-orders.ts';
import { demoUsageOf } from './demo-usage.ts';

export interface DemoPosting {
  readonly id: string;
  readonly kind: LedgerTransactionTable['kind'];
  readonly aboutId: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly at: Date;
  /** What invoices call it; a top-up is none. */
  readonly charge: { readonly kind: ChargeTable['kind']; readonly aboutId: string } | null;
}

export interface DemoMoney {
  readonly userId: string;
  readonly account: string;
  readonly balance: number;
  /** The top-up first. */
  readonly postings: readonly DemoPosting[];
  readonly topUp: DemoPosting;
}

/**
 * One top-up of demo person `n`, then what their orders cost and gave back and what this month's use
 * cost, down to their balance.
 */
export function demoMoneyOf(
  n: number,
  { orders, nowMs }: { readonly orders: readonly DemoOrder[]; readonly nowMs: number },
): DemoMoney {
  const { id: userId, username } = demoPerson(n);
  const account = personAccount(userId);
  const spending = [
    ...orders.flatMap((order) => postingsOf(order, account)),
    ...usagePostingsOf(n, { account, nowMs }),
  ];
  const spent = spending.reduce(
    (sum, { from, amount }) => sum + (from === account ? amount : -amount),
    0,
  );
  const balance = demoBalance(n);
  const paymentId = demoId(`payment/${username}`);
  const topUp: DemoPosting = {
    id: demoId(`ledger/top_up/${paymentId}`),
    kind: 'top_up',
    aboutId: paymentId,
    from: providerAccount('simulated'),
    to: account,
    amount: balance + spent,
    at: new Date(nowMs - 45 * 86_400_000),
    charge: null,
  };
  return { userId, account, balance, topUp, postings: [topUp, ...spending] };
}

/** What is left: for one in eight, less than ten yuan. */
function demoBalance(n: number): number {
  return n % 8 === 0 ? 100 + ((n * 31) % 800) : 2_000 + ((n * 1_237) % 18_000);
}

function postingsOf(order: DemoOrder, account: string): DemoPosting[] {
  return order.steps.flatMap(({ status, at }) => {
    if (status !== 'paid' && status !== 'refunded') return [];
    const [kind, from, to] =
      status === 'paid'
        ? (['order_payment', account, REVENUE_ACCOUNT] as const)
        : (['refund', REVENUE_ACCOUNT, account] as const);
    const id = demoId(`ledger/${kind}/${order.id}`);
    const charge = { kind: status === 'paid' ? 'order' : 'refund', aboutId: order.id } as const;
    return [{ id, kind, aboutId: order.id, from, to, amount: order.plan.price, at, charge }];
  });
}

/** One for each device: what it cost since the month began. */
function usagePostingsOf(
  n: number,
  { account, nowMs }: { readonly account: string; readonly nowMs: number },
): DemoPosting[] {
  const month = new Date(monthOf(nowMs).startMs).toISOString().slice(0, 7);
  const costs = new Map<string, number>();
  for (const { device_id, cost } of demoUsageOf(n, nowMs)) {
    costs.set(device_id, (costs.get(device_id) ?? 0) + cost);
  }
  return [...costs].map(([deviceId, amount]) => {
    const aboutId = demoId(`usage/${deviceId}/${month}`);
    return {
      id: demoId(`ledger/usage/${aboutId}`),
      kind: 'usage',
      aboutId,
      from: account,
      to: REVENUE_ACCOUNT,
      amount,
      at: new Date(nowMs),
      charge: { kind: 'usage', aboutId: deviceId },
    };
  });
}
