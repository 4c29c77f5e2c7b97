import type { Selectable } from '@cloudphone/postgres';
import type { ChargeTable, InvoiceLineTable } from '../schema.ts';

type Charge = Pick<Selectable<ChargeTable>, 'kind' | 'about_id' | 'amount'>;
type Line = Pick<Selectable<InvoiceLineTable>, 'kind' | 'about_id' | 'amount'>;

/** A line for each order and refund, in order, then one for the use of each device. */
export function linesOf(charges: readonly Charge[]): Line[] {
  const used = new Map<string, number>();
  const lines: Line[] = [];
  for (const { kind, about_id, amount } of charges) {
    if (kind === 'usage') used.set(about_id, (used.get(about_id) ?? 0) + amount);
    else lines.push({ kind, about_id, amount });
  }
  for (const [about_id, amount] of used) lines.push({ kind: 'usage', about_id, amount });
  return lines;
}
