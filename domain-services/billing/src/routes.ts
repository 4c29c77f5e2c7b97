import type { ServiceTools } from '@cloudphone/domain-service';
import type { Route } from '@cloudphone/http';
import { getBalanceRoute } from './ledger/get-balance.ts';
import { lowBalanceCountRoute } from './ledger/low-balance-count.ts';
import { cancelOrderRoute } from './orders/cancel-order.ts';
import { createOrderRoute } from './orders/create-order.ts';
import { getOrderRoute } from './orders/get-order.ts';
import { listOrdersRoute } from './orders/list-orders.ts';
import { orderCountsRoute } from './orders/order-counts.ts';
import type { PaymentProvider } from './payments/payment-provider.ts';
import { topUpRoute } from './payments/top-up.ts';
import { listPlansRoute } from './plans/list-plans.ts';
import type { BillingTables } from './schema.ts';
import { deviceUsageRoute, userUsageRoute } from './usage/usage-this-month.ts';

export function routes(
  tools: ServiceTools<BillingTables>,
  ports: { readonly payments: PaymentProvider },
): Route[] {
  return [
    listPlansRoute(tools),
    listOrdersRoute(tools),
    getOrderRoute(tools),
    createOrderRoute(tools),
    cancelOrderRoute(tools),
    orderCountsRoute(tools),
    getBalanceRoute(tools),
    lowBalanceCountRoute(tools),
    topUpRoute(tools, ports.payments),
    deviceUsageRoute(tools),
    userUsageRoute(tools),
  ];
}
