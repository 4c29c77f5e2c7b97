import type { Clock, Metrics } from '@cloudphone/runtime';

/** What happened to the reads of one view on this node since it began. */
export interface Tally {
  /** Answered from memory, from the second tier, by a load, without the cache. */
  memory: number;
  redis: number;
  miss: number;
  bypass: number;
  /** Answered with something older than it should be. */
  stale: number;
  /** Loads begun, and readers who waited for a load that was under way. */
  loads: number;
  joined: number;
  failures: number;
  /** Answers of loads that were too old for a reader who waited, or overtaken by a change. */
  rejected: number;
}

export interface Tallies {
  of(view: string): Tally;
  all(): Iterable<[view: string, Tally]>;
  close(): void;
}

const PUBLISH_EVERY_MS = 1_000;
const READS = ['memory', 'redis', 'miss', 'bypass', 'stale'] as const;
const LOADS = ['loads', 'joined', 'failures', 'rejected'] as const;

/** Plain numbers, carried over to the metrics once a second: counting costs a hit nothing. */
export function createTallies(options: { metrics: Metrics; clock: Clock }): Tallies {
  const { metrics, clock } = options;
  const tallies = new Map<string, Tally>();
  const published = new Map<string, Tally>();
  const addReads = metrics.counter({
    name: 'cloudphone_view_reads_total',
    help: 'Reads of views by where the answer came from.',
    labels: ['view', 'outcome'],
  });
  const addLoads = metrics.counter({
    name: 'cloudphone_view_loads_total',
    help: 'Loads of views: begun, joined by further readers, failed, too old when finished.',
    labels: ['view', 'outcome'],
  });

  const publish = (): void => {
    for (const [view, tally] of tallies) {
      const before = published.get(view) ?? emptyTally();
      const carry = (add: typeof addReads, names: readonly (keyof Tally)[]) => {
        for (const outcome of names) {
          if (tally[outcome] > before[outcome]) {
            add({ view, outcome }, tally[outcome] - before[outcome]);
          }
        }
      };
      carry(addReads, READS);
      carry(addLoads, LOADS);
      published.set(view, { ...tally });
    }
  };
  let cancel = () => {};
  const publishLater = (): void => {
    cancel = clock.after(PUBLISH_EVERY_MS, () => {
      publish();
      publishLater();
    });
  };
  publishLater();

  return {
    of: (view) => {
      let tally = tallies.get(view);
      if (tally === undefined) {
        tally = emptyTally();
        tallies.set(view, tally);
      }
      return tally;
    },
    all: () => tallies.entries(),
    close: () => {
      cancel();
      publish();
    },
  };
}

function emptyTally(): Tally {
  return {
    memory: 0,
    redis: 0,
    miss: 0,
    bypass: 0,
    stale: 0,
    loads: 0,
    joined: 0,
    failures: 0,
    rejected: 0,
  };
}
