import type { Order } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged, type Written } from '@cloudphone/event-log';
import { runForCause } from '@cloudphone/runtime';
import { runEach } from '../jobs/run-each.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { chargeOrder } from './charge-order.ts';
import { endOrder } from './end-order.ts';
import { lockOrder } from './lock-order.ts';
import { presentOrder } from './present-order.ts';

/** How long a paid order waits for its devices. */
export interface PurchaseTimes {
  readonly allocationTimeoutMs: number;
}

const AT_A_TIME = 200;

/**
 * Takes the next step of every purchase whose time has come: a new order is charged, one that has
 * waited too long for its devices is compensated. Any number of instances may do this at once, and
 * one that dies leaves a step undone or done.
 */
export async function advanceDuePurchases(
  tools: ServiceTools<BillingTables>,
  times: PurchaseTimes,
): Promise<void> {
  const due = await tools.db
    .selectFrom('purchase_work')
    .select(['order_id', 'cause'])
    .where('due_at', '<=', new Date(tools.clock.now()))
    .orderBy('due_at')
    .limit(AT_A_TIME)
    .execute();
  await runEach(tools, due, {
    what: 'a purchase did not advance',
    run: ({ order_id, cause }) => runForCause(cause, () => advancePurchase(tools, order_id, times)),
  });
}

/**
 * The next step of one purchase: a new order is charged, a paid one is ended when its time is over.
 * Of several who do this at once each waits for the one before, and finds nothing left to do.
 */
export async function advancePurchase(
  { writer, clock }: ServiceTools<BillingTables>,
  orderId: string,
  { allocationTimeoutMs }: PurchaseTimes,
): Promise<{ readonly result: Order | undefined; readonly eventIds: readonly string[] }> {
  const at = new Date(clock.now());
  return writer.write(async (tx): Promise<Written<Order | undefined>> => {
    // The order's lock guards its work, too: cancelling and allocating take it first as well.
    const order = await lockOrder(tx, orderId);
    const dueAt = await findDueTime(tx, orderId);
    if (dueAt === undefined) return unchanged(order && presentOrder(order));
    if (order?.status === 'created') {
      const charged = await chargeOrder(tx, order, { at, allocationTimeoutMs });
      return { result: presentOrder(charged.order), events: charged.events };
    }
    if (order?.status === 'paid') {
      if (dueAt > at) return unchanged(presentOrder(order));
      const ended = await endOrder(tx, order, { status: 'failed', failure: 'timed_out', at });
      return { result: presentOrder(ended.order), events: ended.events };
    }
    throw new Error(`order ${orderId} is ${order?.status ?? 'gone'} and still waits for something`);
  });
}

async function findDueTime(tx: BillingTransaction, orderId: string): Promise<Date | undefined> {
  const work = await tx
    .selectFrom('purchase_work')
    .select('due_at')
    .where('order_id', '=', orderId)
    .executeTakeFirst();
  return work?.due_at;
}
