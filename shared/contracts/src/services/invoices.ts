import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, moneySchema, pageOf, pageQuery, timeSchema } from '../values.ts';

const invoiceStatusSchema = z.enum(['paid', 'open', 'overdue']);

/** One line: an order, a refund (its amount is negative), or the use of one device. */
const invoiceLineSchema = z.object({
  kind: z.enum(['order', 'refund', 'usage']),
  /** The order or the device. */
  aboutId: idSchema,
  amount: moneySchema,
});

/** What a person was charged in one calendar month (UTC). */
export const invoiceSchema = z.object({
  id: idSchema,
  /** `2026-000001`: a series for each year, without gaps. */
  number: z.string(),
  userId: idSchema,
  /** `2026-01`. */
  month: z.string(),
  total: moneySchema,
  /** What the balance did not cover when the invoice was made. */
  due: moneySchema,
  status: invoiceStatusSchema,
  issuedAt: timeSchema,
  dueAt: timeSchema,
  lines: z.array(invoiceLineSchema),
});
export type Invoice = z.infer<typeof invoiceSchema>;

export const invoiceCalls = {
  /** The newest first, lines included. */
  listInvoices: defineCall({
    service: 'billing',
    name: 'listInvoices',
    method: 'GET',
    path: '/users/:userId/invoices',
    params: z.strictObject({ userId: idSchema }),
    query: z.strictObject(pageQuery),
    answer: pageOf(invoiceSchema),
    knownTags: ({ params }) => [tags.invoicesOf(params.userId)],
  }),
} as const;
