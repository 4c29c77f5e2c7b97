import type { DomainService } from '@cloudphone/domain-service';
import { seedDemo } from './demo/seed-demo.ts';
import { runJobs } from './jobs/run-jobs.ts';
import { billingMigrations } from './migrations.ts';
import type { PaymentProvider } from './payments/payment-provider.ts';
import { reactions } from './reactions.ts';
import { type BillingPorts, routes } from './routes.ts';
import type { BillingTables } from './schema.ts';

/** Longer than an allocation takes at its slowest. */
const ALLOCATION_TIMEOUT_MS = 60_000;
/** Shorter than a caller waits. */
const PAYMENT_TIMEOUT_MS = 4_000;

/** Plans, purchases, money and metered use; who takes the money is given. */
export function createBillingService(options: {
  readonly payments: PaymentProvider;
  /** How long a paid order waits for its devices; a minute unless told. */
  readonly allocationTimeoutMs?: number;
  /** How long a payment's caller waits for the provider; 4 s unless told. */
  readonly paymentTimeoutMs?: number;
}): DomainService<BillingTables> {
  const { payments: provider } = options;
  const { allocationTimeoutMs = ALLOCATION_TIMEOUT_MS } = options;
  const { paymentTimeoutMs: timeoutMs = PAYMENT_TIMEOUT_MS } = options;
  const ports: BillingPorts = {
    payments: { provider, timeoutMs },
    purchases: { allocationTimeoutMs },
  };
  return {
    name: 'billing',
    migrations: billingMigrations,
    routes: (tools) => routes(tools, ports),
    reactions,
    seed: seedDemo,
    start: (tools, lifecycle) => runJobs(tools, ports, lifecycle),
  };
}
