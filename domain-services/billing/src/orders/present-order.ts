import { type Order, type OrderFailure, type TagRead, tags } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import type { OrderTable } from '../schema.ts';

export type OrderRow = Selectable<OrderTable>;

/** What others may see of an order, in events and answers alike. */
export function presentOrder(row: OrderRow): Order {
  return {
    id: row.id,
    userId: row.user_id,
    userName: row.user_name,
    userEmail: row.user_email,
    tenantId: row.tenant_id,
    planId: row.plan_id,
    planName: row.plan_name,
    quantity: row.quantity,
    total: moneyOf(row.total),
    status: row.status,
    deviceId: row.device_id,
    deviceIds: row.device_ids,
    failure: row.failure as OrderFailure | null,
    expiresAt: row.expires_at?.toISOString() ?? null,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

export function readOfOrder(order: Pick<Order, 'id' | 'version'>): TagRead {
  return { tag: tags.order(order.id), version: order.version };
}
