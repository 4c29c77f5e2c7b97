import type { Metrics } from '@cloudphone/runtime';

export function followerMetrics(metrics: Metrics, group: string) {
  const lag = metrics.gauge({
    name: 'cloudphone_follower_lag_rows',
    help: 'Rows of the log that a group has not come to yet.',
    labels: ['group'],
  });
  const events = metrics.counter({
    name: 'cloudphone_follower_events_total',
    help: 'Events that a group reacted to, by outcome.',
    labels: ['group', 'outcome'],
  });
  return {
    lag: (rows: number) => lag(rows, { group }),
    count: (outcome: 'handled' | 'parked') => events({ group, outcome }),
  };
}
