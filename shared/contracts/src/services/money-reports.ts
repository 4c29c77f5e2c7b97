import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, moneySchema, timeSchema } from '../values.ts';

/** Metered use of the calendar month (UTC) that holds the moment of asking. */
export const usageSchema = z.object({
  periodStart: timeSchema,
  periodEnd: timeSchema,
  minutes: z.int(),
  cost: moneySchema,
});
export type Usage = z.infer<typeof usageSchema>;

/**
 * UTC days: `from` included, `to` not. The thirty days that end today unless told; at most ten
 * years. Weeks begin on Monday; the first and the last period are cut at `from` and `to`.
 */
export const reportQuery = {
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  groupBy: z.enum(['day', 'week', 'month']).default('day'),
} as const;

const seriesOf = <Shape extends z.ZodRawShape>(numbers: Shape) =>
  z.object({
    from: z.iso.date(),
    to: z.iso.date(),
    groupBy: reportQuery.groupBy.unwrap(),
    total: z.object(numbers),
    /** Every period, those without money included. */
    series: z.array(z.object({ from: z.iso.date(), to: z.iso.date(), ...numbers })),
  });

export const revenueReportSchema = seriesOf({
  /** Orders paid. */
  orders: z.int(),
  sales: moneySchema,
  usage: moneySchema,
  refunds: moneySchema,
  /** Sales and usage less refunds. */
  net: moneySchema,
});
export const usageReportSchema = seriesOf({
  minutes: z.int(),
  cost: moneySchema,
  devices: z.int(),
  people: z.int(),
});

export const moneyReportCalls = {
  getRevenueReport: defineCall({
    service: 'billing',
    name: 'getRevenueReport',
    method: 'GET',
    path: '/reports/revenue',
    query: z.strictObject(reportQuery),
    answer: revenueReportSchema,
    knownTags: () => [tags.orders(), tags.usage()],
  }),
  getUsageReport: defineCall({
    service: 'billing',
    name: 'getUsageReport',
    method: 'GET',
    path: '/reports/usage',
    query: z.strictObject(reportQuery),
    answer: usageReportSchema,
    knownTags: () => [tags.usage()],
  }),
  getDeviceUsage: defineCall({
    service: 'billing',
    name: 'getDeviceUsage',
    method: 'GET',
    path: '/devices/:deviceId/usage',
    params: z.strictObject({ deviceId: idSchema }),
    answer: usageSchema,
    knownTags: ({ params }) => [tags.usageOfDevice(params.deviceId)],
  }),
  getUserUsage: defineCall({
    service: 'billing',
    name: 'getUserUsage',
    method: 'GET',
    path: '/users/:userId/usage',
    params: z.strictObject({ userId: idSchema }),
    answer: usageSchema,
    knownTags: ({ params }) => [tags.usageOfUser(params.userId)],
  }),
} as const;
