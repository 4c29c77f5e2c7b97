import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged, type Written } from '@cloudphone/event-log';
import { runEach } from '../jobs/run-each.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { daysLeft, nextNoticeAt } from './notice-times.ts';

const AT_A_TIME = 500;

/**
 * Tells people that what they rent is about to end, or has ended: each notice once, whatever number
 * of instances does this. After a standstill only the latest of the notices that were missed is told.
 */
export async function tellSubscribers(tools: ServiceTools<BillingTables>): Promise<void> {
  const at = new Date(tools.clock.now());
  const due = await tools.db
    .selectFrom('orders')
    .select('id')
    .where('next_notice_at', '<=', at)
    .orderBy('next_notice_at')
    .limit(AT_A_TIME)
    .execute();
  await runEach(tools, due, {
    what: 'a subscriber was not told',
    run: ({ id }) => tools.writer.write((tx) => tellSubscriber(tx, id, at)),
  });
}

async function tellSubscriber(
  tx: BillingTransaction,
  orderId: string,
  at: Date,
): Promise<Written<undefined>> {
  const order = await tx
    .selectFrom('orders')
    .select(['user_id', 'plan_name', 'device_ids', 'expires_at'])
    .where('id', '=', orderId)
    .where('next_notice_at', '<=', at)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (order === undefined || order.expires_at === null) return unchanged(undefined);
  // No answer shows when the next notice is due, so no version moves.
  await tx
    .updateTable('orders')
    .set({ next_notice_at: nextNoticeAt(order.expires_at, at) })
    .where('id', '=', orderId)
    .execute();
  const data = {
    orderId,
    userId: order.user_id,
    planName: order.plan_name,
    deviceIds: order.device_ids,
    expiresAt: order.expires_at.toISOString(),
    daysLeft: daysLeft(order.expires_at, at),
  };
  const type =
    data.daysLeft === 0 ? 'billing.subscription_expired' : 'billing.subscription_expiring';
  return { result: undefined, events: [{ type, data }] };
}
