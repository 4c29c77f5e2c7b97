import type { Payment } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import type { PaymentTable } from '../schema.ts';

export type PaymentRow = Selectable<PaymentTable>;

export function presentPayment(row: PaymentRow): Payment {
  return {
    id: row.id,
    userId: row.user_id,
    amount: moneyOf(row.amount),
    method: row.method,
    status: row.status,
    provider: row.provider,
    createdAt: row.created_at.toISOString(),
    settledAt: row.settled_at?.toISOString() ?? null,
  };
}
