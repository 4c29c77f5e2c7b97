import { type Labels, type Metrics, SECONDS_BUCKETS } from '@cloudphone/runtime';

/** Of a service's instances the one that carries tells how it stands; the others tell zeros. */
export function relayMetrics(metrics: Metrics) {
  const relaying = metrics.gauge({
    name: 'cloudphone_relay_relaying',
    help: '1 while this instance carries the service’s events and nothing that it needs is away.',
    labels: ['service'],
  });
  const full = metrics.gauge({
    name: 'cloudphone_log_full',
    help: '1 while the log’s Redis has no room and events wait in the outbox.',
  });
  const appended = metrics.counter({
    name: 'cloudphone_outbox_rows_total',
    help: 'Events carried from the outbox to the log.',
    labels: ['service', 'replay'],
  });
  const refused = metrics.counter({
    name: 'cloudphone_outbox_refused_total',
    help: 'Events that the log refused for good, and that were set aside.',
    labels: ['service'],
  });
  return {
    relaying: (isRelaying: boolean, labels: Labels) => relaying(isRelaying ? 1 : 0, labels),
    full: (isFull: boolean) => full(isFull ? 1 : 0),
    countAppended: (service: string, rows: number, isReplay: boolean) =>
      appended({ service, replay: isReplay ? 'yes' : 'no' }, rows),
    countRefused: refused,
    lag: metrics.gauge({
      name: 'cloudphone_outbox_oldest_seconds',
      help: 'For how long the oldest event has been waiting for the log.',
      labels: ['service'],
    }),
    age: metrics.histogram({
      name: 'cloudphone_outbox_carried_seconds',
      help: 'From the beginning of an event’s transaction to the batch that took it to the log.',
      labels: ['service'],
      buckets: SECONDS_BUCKETS,
    }),
  };
}
