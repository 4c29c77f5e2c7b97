import type { BffTools } from '@cloudphone/bff';
import { reportQuery, usageReportSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';
import { having } from '../../having.ts';
import { answerReport } from './answer-report.ts';
import { reportFormat } from './report-format.ts';

/** What was used by day, week or month. Not cached, as the report of revenue. */
export const usageReport = ({ services }: BffTools) =>
  defineRoute({
    method: 'GET',
    path: '/admin/reports/usage',
    summary: 'Minutes, their cost, devices and people by period; format=csv for a file.',
    access: having('reports:read'),
    query: z.strictObject({ ...reportQuery, format: reportFormat }),
    answer: usageReportSchema,
    handle: async ({ query: { format, ...query } }) =>
      answerReport(await services.billing.getUsageReport({ query }), {
        format,
        name: 'usage',
        header: ['from', 'to', 'minutes', 'cost', 'currency', 'devices', 'people'],
        cells: ({ from, to, minutes, cost, devices, people }) => [
          from,
          to,
          minutes,
          cost.amount,
          cost.currency,
          devices,
          people,
        ],
      }),
  });
