import type { Clock, Metrics } from '@cloudphone/runtime';
import type { MemoryTier } from './memory-tier.ts';

/** What answers weigh, for the metrics, and how long changes take to be known here. */
export interface Weights {
  /** Of all entries of the second tier, as its last answer said; undefined before there was one. */
  readonly storedBytes: number | undefined;
  noteStored(bytes: number): void;
  /** `atMs`: when the change came to be, wall clock. */
  noteChange(atMs: number): void;
  close(): void;
}

const TELL_EVERY_MS = 1_000;
const LAG_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createWeights(options: {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly memory: Pick<MemoryTier, 'bytes' | 'size' | 'bytesByView'>;
}): Weights {
  const { metrics, clock, memory } = options;
  const tellBytes = metrics.gauge({
    name: 'cloudphone_view_bytes',
    help: 'What cached answers weigh, by tier; in Redis of all processes together.',
    labels: ['tier'],
  });
  const tellBytesOfView = metrics.gauge({
    name: 'cloudphone_view_memory_bytes',
    help: 'What the answers of each view weigh in the memory of this process.',
    labels: ['view'],
  });
  const tellEntries = metrics.gauge({
    name: 'cloudphone_view_memory_entries',
    help: 'Answers in the memory of this process.',
  });
  const observeLag = metrics.histogram({
    name: 'cloudphone_view_invalidation_lag_seconds',
    help: 'From a change to the moment from which this process shows nothing older.',
    buckets: LAG_BUCKETS,
  });
  let storedBytes: number | undefined;
  let cancel = () => {};
  const tellLater = (): void => {
    cancel = clock.after(TELL_EVERY_MS, () => {
      tellBytes(memory.bytes, { tier: 'memory' });
      tellEntries(memory.size);
      for (const [view, bytes] of memory.bytesByView) tellBytesOfView(bytes, { view });
      if (storedBytes !== undefined) tellBytes(storedBytes, { tier: 'redis' });
      tellLater();
    });
  };
  tellLater();
  return {
    get storedBytes() {
      return storedBytes;
    },
    noteStored: (bytes) => {
      storedBytes = bytes;
    },
    noteChange: (atMs) => observeLag(Math.max(0, clock.now() - atMs) / 1_000),
    close: () => cancel(),
  };
}
