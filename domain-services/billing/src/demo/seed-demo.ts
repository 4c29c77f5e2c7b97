import { type DemoSeeding, demoPerson } from '@cloudphone/domain-service';
import type { BillingTransaction } from '../schema.ts';
import { demoMoneyOf } from './demo-ledger.ts';
import { demoOrdersOf } from './demo-orders.ts';
import { seedInvoices } from './seed-invoices.ts';
import { seedLedger } from './seed-ledger.ts';
import { seedOrders, seedPlans } from './seed-orders.ts';
import { seedUsage } from './seed-usage.ts';

/** Plans once; orders, money, use and invoices of each person to be added. */
export async function seedDemo(tx: BillingTransaction, seeding: DemoSeeding): Promise<void> {
  const { people, firstPerson, nowMs } = seeding;
  if (firstPerson === 1) await seedPlans(tx, nowMs);
  const numbers = Array.from({ length: people - firstPerson + 1 }, (_, i) => firstPerson + i);
  const ordersOf = new Map(numbers.map((n) => [n, demoOrdersOf(n, demoPerson(n), nowMs)]));
  await seedOrders(tx, [...ordersOf.values()].flat(), nowMs);
  await seedLedger(
    tx,
    numbers.map((n) => demoMoneyOf(n, { orders: ordersOf.get(n) ?? [], nowMs })),
  );
  await seedUsage(tx, numbers, nowMs);
  await seedInvoices(tx, nowMs);
}
