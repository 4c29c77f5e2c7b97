import { billingCalls, type Order } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, invalidInput } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { currentCause, timeOrderedId } from '@cloudphone/runtime';
import type * as z from 'zod';
import { readBalance } from '../ledger/get-balance.ts';
import { copyOfPerson } from '../people/known-person.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { advancePurchase, type PurchaseTimes } from './advance-purchase.ts';
import { type OrderRow, presentOrder } from './present-order.ts';

type NewOrder = z.output<typeof billingCalls.createOrder.body & {}> & {
  readonly idempotencyKey: string | undefined;
  readonly at: Date;
  /** When the work list charges it; at once unless told. */
  readonly dueAt?: Date;
};

/** Until then whoever asked for an order charges it, and nobody else. */
const OWN_CHARGE_MS = 5_000;

/**
 * Begins a purchase: the order is written down, with the work that is left to do, and then charged.
 * A process that dies in between leaves the charge to the work list. The same `Idempotency-Key` of
 * the same person gives the order that it made the first time.
 */
export function createOrderRoute(
  tools: ServiceTools<BillingTables>,
  purchaseTimes: PurchaseTimes,
): Route {
  const { writer, clock, logger } = tools;
  return answerCall(billingCalls.createOrder, async ({ body, idempotencyKey }) => {
    const nowMs = clock.now();
    const times = { at: new Date(nowMs), dueAt: new Date(nowMs + OWN_CHARGE_MS) };
    const order = { ...body, ...times, idempotencyKey };
    const created = await writer.write((tx) => createOrder(tx, order));
    const { id } = created.result;
    const charged = await advancePurchase(tools, id, purchaseTimes).catch((err: unknown) => {
      logger.warn({ err, orderId: id }, 'an order is charged later');
      return { result: undefined, eventIds: [] };
    });
    return {
      body: charged.result ?? created.result,
      eventIds: [...created.eventIds, ...charged.eventIds],
    };
  });
}

/** Writes an order down, with the work that is left to do, in a transaction of the caller's. */
export async function createOrder(
  tx: BillingTransaction,
  order: NewOrder,
): Promise<Written<Order>> {
  const before = await madeBefore(tx, order);
  if (before !== undefined) return unchanged(presentOrder(before));
  const plan = await tx
    .selectFrom('plans')
    .selectAll()
    .where('id', '=', order.planId)
    .forShare()
    .executeTakeFirst();
  if (plan === undefined || plan.is_retired) {
    throw invalidInput([{ path: 'body.planId', message: 'no such plan is on sale' }]);
  }
  const total = plan.price * order.quantity;
  await refuseWhenTooPoor(tx, order.userId, total);
  const person = await copyOfPerson(tx, {
    user_id: order.userId,
    name: order.userName,
    email: order.userEmail,
    tenant_id: order.tenantId,
  });
  const row = await tx
    .insertInto('orders')
    .values({
      id: timeOrderedId(order.at.getTime()),
      user_id: order.userId,
      user_name: person.name,
      user_email: person.email,
      tenant_id: person.tenant_id,
      plan_id: plan.id,
      plan_name: plan.name,
      duration_days: plan.duration_days,
      quantity: order.quantity,
      total,
      status: 'created',
      idempotency_key: order.idempotencyKey ?? null,
      version: 1,
      created_at: order.at,
      updated_at: order.at,
    })
    .onConflict((conflict) => conflict.constraint('orders_once').doNothing())
    .returningAll()
    .executeTakeFirst();
  // Made at the same moment by the same request: that one is charged where it was made.
  if (row === undefined) return unchanged(presentOrder(await madeMeanwhile(tx, order)));
  await tx
    .insertInto('order_steps')
    .values({ order_id: row.id, number: 1, status: 'created', at: order.at })
    .execute();
  await tx
    .insertInto('purchase_work')
    .values({ order_id: row.id, due_at: order.dueAt ?? order.at, cause: currentCause() })
    .execute();
  const result = presentOrder(row);
  return { result, events: [{ type: 'order.created', data: result }] };
}

/** Spares everybody an order that is bound to fail; the charge itself decides. */
async function refuseWhenTooPoor(tx: BillingTransaction, userId: string, total: number) {
  const { amount: balance } = await readBalance(tx, userId);
  if (balance >= total) return;
  throw appError('balance_too_low', {
    privateDetail: `user ${userId} has ${balance} and needs ${total}`,
  });
}

async function madeBefore(tx: BillingTransaction, order: NewOrder): Promise<OrderRow | undefined> {
  if (order.idempotencyKey === undefined) return undefined;
  const before = await tx
    .selectFrom('orders')
    .selectAll()
    .where('user_id', '=', order.userId)
    .where('idempotency_key', '=', order.idempotencyKey)
    .executeTakeFirst();
  if (before === undefined) return undefined;
  if (before.plan_id === order.planId && before.quantity === order.quantity) return before;
  throw appError('idempotency_mismatch');
}

async function madeMeanwhile(tx: BillingTransaction, order: NewOrder): Promise<OrderRow> {
  const made = await madeBefore(tx, order);
  if (made === undefined) throw new Error('an order that is there cannot be read');
  return made;
}
