import { type Metrics, SECONDS_BUCKETS } from '@cloudphone/runtime';
import type { LogRow } from '../log-row.ts';

export type TailMetrics = ReturnType<typeof tailMetrics>;

export function tailMetrics(metrics: Metrics) {
  const rows = metrics.counter({
    name: 'cloudphone_log_rows_total',
    help: 'Rows of the log that this process has applied.',
    labels: ['type'],
  });
  const ages = metrics.histogram({
    name: 'cloudphone_log_row_age_seconds',
    help: 'From an event’s making to its arrival in this process.',
    buckets: SECONDS_BUCKETS,
  });
  const resets = metrics.counter({
    name: 'cloudphone_log_resets_total',
    help: 'How often this process had to begin anew, by reason.',
    labels: ['reason'],
  });
  const trusted = metrics.gauge({
    name: 'cloudphone_log_tail_trusted',
    help: '1 while everything that was in the log two heartbeats ago is known to this process.',
  });
  return {
    trusted: (isTrusted: boolean) => trusted(isTrusted ? 1 : 0),
    lag: metrics.gauge({
      name: 'cloudphone_log_tail_lag_rows',
      help: 'Rows that are known to be in the log and not applied yet.',
    }),
    countRow: ({ envelope, isReplay }: LogRow, nowMs: number) => {
      rows({ type: envelope.type });
      // Rows that others append may tell no time.
      const ageMs = nowMs - Date.parse(envelope.time);
      if (!isReplay && !Number.isNaN(ageMs)) ages(Math.max(0, ageMs) / 1_000);
    },
    countReset: (reason: string) => resets({ reason }),
  };
}
