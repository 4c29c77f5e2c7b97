import { insertInBatches } from '@cloudphone/domain-service';
import type { BillingTransaction } from '../schema.ts';
import { nextNoticeAt } from '../subscriptions/notice-times.ts';
import { type DemoOrder, lastStep } from './demo-orders.ts';
import { DEMO_PLANS } from './demo-plans.ts';

export async function seedPlans(tx: BillingTransaction, nowMs: number): Promise<void> {
  const at = new Date(nowMs - 90 * 86_400_000);
  const rows = DEMO_PLANS.map((plan) => ({
    id: plan.id,
    code: plan.code,
    name: plan.name,
    price: plan.price,
    duration_days: plan.durationDays,
    is_retired: plan.isRetired,
    version: 1,
    created_at: at,
    updated_at: at,
  }));
  await tx.insertInto('plans').values(rows).execute();
}

export async function seedOrders(
  tx: BillingTransaction,
  orders: readonly DemoOrder[],
  nowMs: number,
): Promise<void> {
  const now = new Date(nowMs);
  await insertInBatches(orders, (batch) =>
    tx
      .insertInto('orders')
      .values(
        batch.map(({ id, person, plan, deviceId, failure, expiresAt, steps }) => ({
          id,
          user_id: person.id,
          user_name: person.name,
          user_email: person.email,
          tenant_id: person.tenantId,
          plan_id: plan.id,
          plan_name: plan.name,
          duration_days: plan.durationDays,
          quantity: 1,
          total: plan.price,
          status: lastStep(steps).status,
          device_id: deviceId,
          device_ids: deviceId === null ? [] : [deviceId],
          failure,
          expires_at: expiresAt,
          next_notice_at:
            expiresAt === null || lastStep(steps).status !== 'fulfilled'
              ? null
              : nextNoticeAt(expiresAt, now),
          idempotency_key: null,
          version: steps.length,
          created_at: steps[0].at,
          updated_at: lastStep(steps).at,
        })),
      )
      .execute(),
  );
  const steps = orders.flatMap(({ id, steps }) =>
    steps.map((step, index) => ({ order_id: id, number: index + 1, ...step })),
  );
  await insertInBatches(steps, (batch) => tx.insertInto('order_steps').values(batch).execute());
}
