import { billingCalls, type Order } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, invalidInput } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { timeOrderedId } from '@cloudphone/runtime';
import type * as z from 'zod';
import { copyOfPerson } from '../people/known-person.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { type OrderRow, presentOrder } from './present-order.ts';

type NewOrder = z.output<typeof billingCalls.createOrder.body & {}> & {
  readonly idempotencyKey: string | undefined;
  readonly at: Date;
};

/** The same `Idempotency-Key` of the same person gives the order that it made the first time. */
export function createOrderRoute({ writer, clock }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.createOrder, async ({ body, idempotencyKey }) => {
    const order = { ...body, idempotencyKey, at: new Date(clock.now()) };
    const { result, eventIds } = await writer.write((tx) => createOrder(tx, order));
    return { body: result, eventIds };
  });
}

async function createOrder(tx: BillingTransaction, order: NewOrder): Promise<Written<Order>> {
  const plan = await tx
    .selectFrom('plans')
    .selectAll()
    .where('id', '=', order.planId)
    .forShare()
    .executeTakeFirst();
  if (plan === undefined || plan.is_retired) {
    throw invalidInput([{ path: 'body.planId', message: 'no such plan is on sale' }]);
  }
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
      quantity: order.quantity,
      total: plan.price * order.quantity,
      status: 'created',
      device_id: null,
      idempotency_key: order.idempotencyKey ?? null,
      version: 1,
      created_at: order.at,
      updated_at: order.at,
    })
    .onConflict((conflict) => conflict.constraint('orders_once').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return unchanged(presentOrder(await madeBefore(tx, order)));
  await tx
    .insertInto('order_steps')
    .values({ order_id: row.id, number: 1, status: 'created', at: order.at })
    .execute();
  const result = presentOrder(row);
  return { result, events: [{ type: 'order.created', data: result }] };
}

async function madeBefore(tx: BillingTransaction, order: NewOrder): Promise<OrderRow> {
  const before = await tx
    .selectFrom('orders')
    .selectAll()
    .where('user_id', '=', order.userId)
    .where('idempotency_key', '=', order.idempotencyKey ?? null)
    .executeTakeFirstOrThrow();
  if (before.plan_id === order.planId && before.quantity === order.quantity) return before;
  throw appError('idempotency_mismatch');
}
