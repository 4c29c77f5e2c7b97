import type { Plan } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import type { PlanTable } from '../schema.ts';

export type PlanRow = Selectable<PlanTable>;

export function presentPlan(row: PlanRow): Plan {
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    price: moneyOf(row.price),
    durationDays: row.duration_days,
    isRetired: row.is_retired,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
