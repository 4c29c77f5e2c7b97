import type { OrderFailure, OrderStatus } from '@cloudphone/contracts';
import { type DemoPerson, demoDevice, demoId } from '@cloudphone/domain-service';
import { DEMO_PLANS, type DemoPlan } from './demo-plans.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface DemoOrder {
  readonly id: string;
  readonly person: DemoPerson;
  readonly plan: DemoPlan;
  readonly deviceId: string | null;
  readonly failure: OrderFailure | null;
  /** When what was rented ends; null for an order without devices. */
  readonly expiresAt: Date | null;
  readonly steps: DemoSteps;
}

interface DemoStep {
  readonly status: OrderStatus;
  readonly at: Date;
}

/** At least its creation. */
export type DemoSteps = readonly [DemoStep, ...DemoStep[]];

export function lastStep(steps: DemoSteps): DemoStep {
  return steps.at(-1) ?? steps[0];
}

/** What came after the creation of an order, in minutes after it. All of them have ended. */
const HISTORIES: readonly Partial<Record<OrderStatus, number>>[] = [
  { paid: 4, fulfilled: 6 },
  { paid: 2, fulfilled: 3 },
  { paid: 9, failed: 10, refunded: 10 },
  { paid: 5, fulfilled: 8 },
  { cancelled: 12 },
  { paid: 3, fulfilled: 7 },
  { failed: 1 },
  { paid: 6, fulfilled: 9, refunded: 25 },
];

/** One or two orders of demo person `n`, within the forty days before `nowMs`. */
export function demoOrdersOf(n: number, person: DemoPerson, nowMs: number): DemoOrder[] {
  return Array.from({ length: 1 + (n % 2) }, (_, index) => {
    const number = n * 2 + index;
    const ageMs = ((number * 7) % 40) * DAY_MS + (30 + ((number * 13) % 600)) * MINUTE_MS;
    const history = HISTORIES[number % HISTORIES.length] ?? {};
    const plan = DEMO_PLANS[number % 4] ?? DEMO_PLANS[0];
    const steps = stepsOf(history, nowMs - ageMs);
    return {
      id: demoId(`order/${person.username}/${index + 1}`),
      person,
      plan,
      deviceId: history.fulfilled === undefined ? null : demoDevice(n, index + 1).id,
      failure: failureOf(history),
      expiresAt: expiryOf(steps, plan),
      steps,
    };
  });
}

function failureOf(history: Partial<Record<OrderStatus, number>>): OrderFailure | null {
  if (history.failed === undefined) return null;
  return history.paid === undefined ? 'balance_too_low' : 'no_capacity';
}

function expiryOf(steps: DemoSteps, plan: DemoPlan): Date | null {
  const fulfilled = steps.find(({ status }) => status === 'fulfilled');
  return fulfilled ? new Date(fulfilled.at.getTime() + plan.durationDays * DAY_MS) : null;
}

function stepsOf(history: Partial<Record<OrderStatus, number>>, createdMs: number): DemoSteps {
  const later = Object.entries(history).map(([status, minutes]) => ({
    status: status as OrderStatus,
    at: new Date(createdMs + minutes * MINUTE_MS),
  }));
  return [{ status: 'created', at: new Date(createdMs) }, ...later];
}
