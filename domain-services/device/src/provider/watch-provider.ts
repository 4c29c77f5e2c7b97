import { type Clock, type Metrics, SECONDS_BUCKETS } from '@cloudphone/runtime';
import type { Provider, ProviderOutcome } from './provider.ts';

/** The same provider, with its calls counted by step and outcome, and timed. */
export function watchProvider(
  provider: Provider,
  { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics },
): Provider {
  const count = metrics.counter({
    name: 'cloudphone_provider_calls_total',
    help: 'Calls to the provider of devices, by step and outcome: done, refused or failed.',
    labels: ['step', 'outcome'],
  });
  const time = metrics.histogram({
    name: 'cloudphone_provider_call_seconds',
    help: 'How long the provider of devices took.',
    labels: ['step'],
    buckets: SECONDS_BUCKETS,
  });
  const watch = async <Answer>(
    step: string,
    call: () => Promise<Answer>,
    outcomeOf: (answer: Answer) => string,
  ): Promise<Answer> => {
    const startedMs = clock.monotonicMs();
    let outcome = 'failed';
    try {
      const answer = await call();
      outcome = outcomeOf(answer);
      return answer;
    } finally {
      count({ step, outcome });
      time((clock.monotonicMs() - startedMs) / 1_000, { step });
    }
  };
  const inWord = ({ isDone }: ProviderOutcome) => (isDone ? 'done' : 'refused');
  return {
    perform: (step, device, signal) =>
      watch(step, () => provider.perform(step, device, signal), inWord),
    performOnApp: (step, target, signal) =>
      watch(step, () => provider.performOnApp(step, target, signal), inWord),
    findUnreachable: (devices, signal) =>
      watch(
        'health',
        () => provider.findUnreachable(devices, signal),
        () => 'done',
      ),
  };
}
