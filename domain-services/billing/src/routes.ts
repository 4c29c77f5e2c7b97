import type { ServiceTools } from '@cloudphone/domain-service';
import type { Route } from '@cloudphone/http';
import { listInvoicesRoute } from './invoices/list-invoices.ts';
import { getBalanceRoute } from './ledger/get-balance.ts';
import { lowBalanceCountRoute } from './ledger/low-balance-count.ts';
import type { PurchaseTimes } from './orders/advance-purchase.ts';
import { cancelOrderRoute } from './orders/cancel-order.ts';
import { createOrderRoute } from './orders/create-order.ts';
import { getOrderRoute } from './orders/get-order.ts';
import { listOrdersRoute } from './orders/list-orders.ts';
import { orderCountsRoute } from './orders/order-counts.ts';
import { createPaymentRoute, type Payments } from './payments/create-payment.ts';
import { listPaymentsRoute } from './payments/list-payments.ts';
import { createPlanRoute } from './plans/create-plan.ts';
import { listPlansRoute } from './plans/list-plans.ts';
import { updatePlanRoute } from './plans/update-plan.ts';
import { approveRefundRoute, rejectRefundRoute } from './refunds/decide-refund.ts';
import { listRefundsRoute } from './refunds/list-refunds.ts';
import { requestRefundRoute } from './refunds/request-refund.ts';
import { revenueReportRoute } from './reports/revenue-report.ts';
import { usageReportRoute } from './reports/usage-report.ts';
import type { BillingTables } from './schema.ts';
import { listSegmentBalancesRoute } from './segments/list-segment-balances.ts';
import { deviceUsageRoute, userUsageRoute } from './usage/usage-this-month.ts';

/** What the service is given: who takes money, and how long it waits for others. */
export interface BillingPorts {
  readonly payments: Payments;
  readonly purchases: PurchaseTimes;
}

export function routes(
  tools: ServiceTools<BillingTables>,
  { payments, purchases }: BillingPorts,
): Route[] {
  return [
    listPlansRoute(tools),
    createPlanRoute(tools),
    updatePlanRoute(tools),
    listOrdersRoute(tools),
    getOrderRoute(tools),
    createOrderRoute(tools, purchases),
    cancelOrderRoute(tools),
    orderCountsRoute(tools),
    listRefundsRoute(tools),
    requestRefundRoute(tools),
    approveRefundRoute(tools),
    rejectRefundRoute(tools),
    getBalanceRoute(tools),
    lowBalanceCountRoute(tools),
    listSegmentBalancesRoute(tools),
    createPaymentRoute(tools, payments),
    listPaymentsRoute(tools),
    listInvoicesRoute(tools),
    deviceUsageRoute(tools),
    userUsageRoute(tools),
    revenueReportRoute(tools),
    usageReportRoute(tools),
  ];
}
