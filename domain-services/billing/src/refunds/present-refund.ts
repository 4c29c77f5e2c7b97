import type { Refund } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import type { RefundTable } from '../schema.ts';

export type RefundRow = Selectable<RefundTable>;

export function presentRefund(row: RefundRow): Refund {
  return {
    id: row.id,
    orderId: row.order_id,
    userId: row.user_id,
    planName: row.plan_name,
    amount: moneyOf(row.amount),
    reason: row.reason,
    status: row.status,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at.toISOString(),
    decidedBy: row.decided_by,
    decidedAt: row.decided_at?.toISOString() ?? null,
    version: row.version,
  };
}
