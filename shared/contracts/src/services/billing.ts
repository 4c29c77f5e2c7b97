import { invoiceCalls } from './invoices.ts';
import { moneyReportCalls } from './money-reports.ts';
import { orderCalls } from './orders.ts';
import { paymentCalls } from './payments.ts';
import { planCalls } from './plans.ts';
import { refundCalls } from './refunds.ts';
import { billingSegmentCalls } from './segment-sources.ts';

/** What the billing service answers. */
export const billingCalls = {
  ...planCalls,
  ...orderCalls,
  ...paymentCalls,
  ...refundCalls,
  ...invoiceCalls,
  ...moneyReportCalls,
  ...billingSegmentCalls,
} as const;
