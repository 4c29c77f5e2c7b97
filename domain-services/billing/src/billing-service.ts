import type { DomainService } from '@cloudphone/domain-service';
import { seedDemo } from './demo/seed-demo.ts';
import { billingMigrations } from './migrations.ts';
import type { PaymentProvider } from './payments/payment-provider.ts';
import { reactions } from './reactions.ts';
import { routes } from './routes.ts';
import type { BillingTables } from './schema.ts';

/** Plans, orders, balances and metered use; who takes the money is given. */
export function createBillingService(ports: {
  readonly payments: PaymentProvider;
}): DomainService<BillingTables> {
  return {
    name: 'billing',
    migrations: billingMigrations,
    routes: (tools) => routes(tools, ports),
    reactions,
    seed: seedDemo,
  };
}
