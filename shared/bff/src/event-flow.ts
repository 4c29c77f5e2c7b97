import type { LogRow } from '@cloudphone/event-log';
import { type Clock, type Metrics, SECONDS_BUCKETS, systemClock } from '@cloudphone/runtime';
import type { LogFollower } from './follow-log.ts';

const STAGES = ['relayed', 'tailed', 'emitted'] as const;
type Stage = (typeof STAGES)[number];

interface StageLatency {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What went by this node in the last minute. */
export interface EventFlowSnapshot {
  readonly windowSeconds: number;
  /** The most frequent first. */
  readonly types: readonly { readonly type: string; readonly perSecond: number }[];
  /**
   * Of the last thousand events: `relayed` from the event’s making to its row in the log, `tailed`
   * from there to this node, `emitted` from there to the last of its sockets. The first two compare
   * clocks of different machines.
   */
  readonly stages: Readonly<Record<Stage, StageLatency | null>>;
}

/** Watches rows come and go; views and sockets follow the log between its two followers. */
export interface EventFlow {
  readonly arriving: LogFollower;
  readonly told: LogFollower;
  snapshot(): EventFlowSnapshot;
}

const WINDOW_SECONDS = 60;
const KEPT_SAMPLES = 1_000;
/** Types come from outside, too. */
const MAX_TYPES_A_SECOND = 500;

/** Memory is bounded: a minute of counts, a thousand samples of each stage. */
export function createEventFlow(options: {
  readonly metrics: Metrics;
  readonly clock?: Clock;
}): EventFlow {
  const { metrics, clock = systemClock } = options;
  const observe = metrics.histogram({
    name: 'cloudphone_event_stage_seconds',
    help: 'How long events took from one stage of their way to the next.',
    labels: ['stage'],
    buckets: SECONDS_BUCKETS,
  });
  const samples: Record<Stage, number[]> = { relayed: [], tailed: [], emitted: [] };
  const written: Record<Stage, number> = { relayed: 0, tailed: 0, emitted: 0 };
  const counts = new Map<number, Map<string, number>>();
  let arrivedMs = 0;

  const note = (stage: Stage, latencyMs: number): void => {
    if (!Number.isFinite(latencyMs)) return;
    const ms = Math.max(0, latencyMs);
    observe(ms / 1_000, { stage });
    samples[stage][written[stage]++ % KEPT_SAMPLES] = ms;
  };

  const count = (type: string): void => {
    const second = Math.floor(clock.monotonicMs() / 1_000);
    let ofSecond = counts.get(second);
    if (ofSecond === undefined) {
      ofSecond = new Map();
      counts.set(second, ofSecond);
      for (const old of counts.keys()) if (old <= second - WINDOW_SECONDS) counts.delete(old);
    }
    if (ofSecond.size < MAX_TYPES_A_SECOND || ofSecond.has(type)) {
      ofSecond.set(type, (ofSecond.get(type) ?? 0) + 1);
    }
  };

  return {
    arriving: {
      onRow: ({ envelope, isReplay, appendedAtMs }: LogRow) => {
        arrivedMs = clock.monotonicMs();
        count(envelope.type);
        if (isReplay || appendedAtMs === undefined) return;
        note('relayed', appendedAtMs - Date.parse(envelope.time));
        note('tailed', clock.now() - appendedAtMs);
      },
    },
    told: {
      onRow: ({ isReplay }) => {
        if (!isReplay) note('emitted', clock.monotonicMs() - arrivedMs);
      },
    },
    snapshot: () => ({
      windowSeconds: WINDOW_SECONDS,
      types: ratesOf(counts, Math.floor(clock.monotonicMs() / 1_000) - WINDOW_SECONDS),
      stages: {
        relayed: latencyOf(samples.relayed),
        tailed: latencyOf(samples.tailed),
        emitted: latencyOf(samples.emitted),
      },
    }),
  };
}

function ratesOf(counts: ReadonlyMap<number, ReadonlyMap<string, number>>, afterSecond: number) {
  const sums = new Map<string, number>();
  for (const [second, types] of counts) {
    if (second <= afterSecond) continue;
    for (const [type, count] of types) sums.set(type, (sums.get(type) ?? 0) + count);
  }
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .map(([type, sum]) => ({ type, perSecond: sum / WINDOW_SECONDS }));
}

function latencyOf(values: readonly number[]): StageLatency | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
  return { count: values.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}
