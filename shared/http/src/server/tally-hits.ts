import { type Clock, type Labels, SECONDS_BUCKETS } from '@cloudphone/runtime';

/** Answers of one route with one status that have not been told to the metrics yet. */
interface Tally {
  readonly labels: Labels;
  /** Of each bucket, the last being for what is longer than all: how many, and their seconds. */
  readonly counts: Float64Array;
  readonly seconds: Float64Array;
}

const TELL_EVERY_MS = 1_000;

/**
 * Counts and times what is answered ahead of Express in plain numbers, and tells the metrics once a
 * second: observing each would be a twentieth of what such an answer costs.
 */
export function createHitTally(options: {
  readonly observe: (seconds: number, labels: Labels, times: number) => void;
  readonly clock: Clock;
}): (route: string, status: number, durationMs: number) => void {
  const { observe, clock } = options;
  const tallies = new Map<string, Map<number, Tally>>();
  let isTold = true;

  const tallyOf = (route: string, status: number): Tally => {
    let ofRoute = tallies.get(route);
    if (ofRoute === undefined) {
      ofRoute = new Map();
      tallies.set(route, ofRoute);
    }
    let tally = ofRoute.get(status);
    if (tally === undefined) {
      const size = SECONDS_BUCKETS.length + 1;
      tally = {
        labels: { method: 'GET', route, status },
        counts: new Float64Array(size),
        seconds: new Float64Array(size),
      };
      ofRoute.set(status, tally);
    }
    return tally;
  };
  const tell = (): void => {
    isTold = true;
    for (const ofRoute of tallies.values()) {
      for (const { labels, counts, seconds } of ofRoute.values()) {
        for (const [bucket, count] of counts.entries()) {
          // Their mean lies in the bucket, too, and has the same sum.
          if (count > 0) observe((seconds[bucket] ?? 0) / count, labels, count);
        }
        counts.fill(0);
        seconds.fill(0);
      }
    }
  };

  return (route, status, durationMs) => {
    const { counts, seconds } = tallyOf(route, status);
    const durationSeconds = durationMs / 1_000;
    let bucket = 0;
    while (durationSeconds > (SECONDS_BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    seconds[bucket] = (seconds[bucket] ?? 0) + durationSeconds;
    if (!isTold) return;
    isTold = false;
    clock.after(TELL_EVERY_MS, tell);
  };
}
