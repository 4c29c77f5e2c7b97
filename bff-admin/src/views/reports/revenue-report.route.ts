import type { BffTools } from '@cloudphone/bff';
import { reportQuery, revenueReportSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';
import { having } from '../../having.ts';
import { answerReport } from './answer-report.ts';
import { reportFormat } from './report-format.ts';

/**
 * What came in and went back by day, week or month. Not cached: nearly every event of money changes
 * it, and hardly two people ask for the same days.
 */
export const revenueReport = ({ services }: BffTools) =>
  defineRoute({
    method: 'GET',
    path: '/admin/reports/revenue',
    summary: 'Sales, usage and refunds by period; format=csv for a file (money in minor units).',
    access: having('reports:read'),
    query: z.strictObject({ ...reportQuery, format: reportFormat }),
    answer: revenueReportSchema,
    handle: async ({ query: { format, ...query } }) =>
      answerReport(await services.billing.getRevenueReport({ query }), {
        format,
        name: 'revenue',
        header: ['from', 'to', 'orders', 'sales', 'usage', 'refunds', 'net', 'currency'],
        cells: ({ from, to, orders, sales, usage, refunds, net }) => [
          from,
          to,
          orders,
          sales.amount,
          usage.amount,
          refunds.amount,
          net.amount,
          net.currency,
        ],
      }),
  });
