import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { invoiceSchema } from '../services/invoices.ts';
import { planSchema } from '../services/plans.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';
import { moneyEvents } from './money-events.ts';
import { orderEvents } from './order-events.ts';

const planEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: planSchema,
    subject: (plan) => `plan/${plan.id}`,
    key: (plan) => `plan:${plan.id}`,
    tags: (plan) => [tags.plan(plan.id), tags.plans()],
  });

const invoiceFields = [
  'id',
  'number',
  'month',
  'total',
  'due',
  'status',
  'issuedAt',
  'dueAt',
] as const;

const invoiceEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: invoiceSchema.omit({ lines: true }),
    subject: (invoice) => `invoice/${invoice.id}`,
    key: (invoice) => `invoice:${invoice.id}`,
    tags: (invoice) => [tags.invoice(invoice.id), tags.invoicesOf(invoice.userId)],
    audiences: [
      { channel: (invoice) => channels.user(invoice.userId), fields: invoiceFields },
      { channel: () => channels.adminWith('orders:read'), fields: ['userId', ...invoiceFields] },
    ],
  });

const subscriptionFields = ['orderId', 'planName', 'deviceIds', 'expiresAt', 'daysLeft'] as const;

/** A fulfilled order rents its devices until a moment. Nothing that is shown changes by these. */
const subscriptionEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: z.object({
      orderId: idSchema,
      userId: idSchema,
      planName: z.string(),
      deviceIds: z.array(idSchema),
      expiresAt: timeSchema,
      /** Whole days, rounded up; 0 once it has expired. */
      daysLeft: z.int(),
    }),
    subject: (subscription) => `order/${subscription.orderId}`,
    key: (subscription) => `order:${subscription.orderId}`,
    tags: () => [],
    audiences: [
      { channel: (subscription) => channels.user(subscription.userId), fields: subscriptionFields },
      {
        channel: () => channels.adminWith('orders:read'),
        fields: ['userId', ...subscriptionFields],
      },
    ],
  });

export const billingEvents = {
  'plan.created': planEvent('plan.created'),
  /** Changed, or on sale again. */
  'plan.updated': planEvent('plan.updated'),
  'plan.retired': planEvent('plan.retired'),
  ...orderEvents,
  ...moneyEvents,
  'billing.invoice_generated': invoiceEvent('billing.invoice_generated'),
  'billing.invoice_overdue': invoiceEvent('billing.invoice_overdue'),
  /** Seven days and one day before the end. */
  'billing.subscription_expiring': subscriptionEvent('billing.subscription_expiring'),
  'billing.subscription_expired': subscriptionEvent('billing.subscription_expired'),
} as const;
