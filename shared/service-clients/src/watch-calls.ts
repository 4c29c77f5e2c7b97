import type { CallDefinition } from '@cloudphone/contracts';
import { type Clock, currentReadContext, type Metrics, SECONDS_BUCKETS } from '@cloudphone/runtime';

/** Times calls by operation and outcome, and counts them by the view that made them. */
export function watchCalls({
  metrics,
  clock,
}: {
  readonly metrics: Metrics;
  readonly clock: Clock;
}) {
  const observe = metrics.histogram({
    name: 'cloudphone_service_call_seconds',
    help: 'Time of a call to a service, with its wait for a place.',
    labels: ['service', 'call', 'outcome'],
    buckets: SECONDS_BUCKETS,
  });
  const count = metrics.counter({
    name: 'cloudphone_service_calls_total',
    help: 'Calls to services by the view that needed them; `none` outside views.',
    labels: ['service', 'call', 'view'],
  });
  /** `outcome` is `ok` or an error code. */
  return ({ service, name }: CallDefinition) => {
    const startedAtMs = clock.monotonicMs();
    count({ service, call: name, view: currentReadContext()?.view ?? 'none' });
    return (outcome: string) =>
      observe((clock.monotonicMs() - startedAtMs) / 1_000, { service, call: name, outcome });
  };
}
