import { type Cause, type Clock, type Logger, pause, runForCause } from '@cloudphone/runtime';

/** Work that stands in a table, so that it outlives whoever began it. */
export interface WorkList<Item> {
  readonly name: string;
  /** Up to `count` items that nobody works on; presumed to be worked on for `leaseMs`. */
  claim(count: number, leaseMs: number): Promise<readonly Item[]>;
  /** What asked for it: it is done, and told of, in that trace. */
  causeOf(item: Item): Cause | null;
  /**
   * Does it and writes the outcome, under its claim. The signal aborts when the process stops or it
   * takes too long.
   */
  perform(item: Item, signal: AbortSignal): Promise<void>;
  /** Gives it back unfinished: the next to look takes it at once. */
  release(item: Item): Promise<void>;
}

/** Takes items off a work list and performs them, some at once. */
export interface WorkLoop {
  /** Looks for work now, and from now on every so often. */
  start(): void;
  /** There may be work: look at once. */
  wake(): void;
  /** Stops taking work and hands back what is under way. */
  close(): Promise<void>;
}

const AT_ONCE = 50;
/** Longer than an item may take, so a claim never ends while it is still worked on. */
const LEASE_MS = 30_000;
const ITEM_TIMEOUT_MS = 20_000;
/** Should it not even be handed back, its claim's end does that. */
const AGAIN_MS = 1_000;
/** Finds what reactions and other processes left; routes wake the loop by themselves. */
const LOOK_EVERY_MS = 250;

export function createWorkLoop<Item>(
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  list: WorkList<Item>,
): WorkLoop {
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let mustLookAgain = false;
  let cancelTimer = () => {};

  const perform = async (item: Item): Promise<void> => {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(ITEM_TIMEOUT_MS)]);
    try {
      await runForCause(list.causeOf(item), () => list.perform(item, signal));
    } catch (err) {
      if (!stopping.signal.aborted) {
        const fields = { err, work: list.name };
        logger.error(fields, 'an outcome could not be written; it is tried again in a moment');
        await pause(clock, AGAIN_MS, stopping.signal);
      }
      await list.release(item);
    }
  };

  const look = async (): Promise<void> => {
    do {
      mustLookAgain = false;
      const free = AT_ONCE - underWay.size;
      if (free === 0) return;
      for (const item of await list.claim(free, LEASE_MS)) {
        const performing = perform(item)
          .catch((err: unknown) =>
            logger.error({ err, work: list.name }, 'work could not be handed back'),
          )
          .finally(() => {
            underWay.delete(performing);
            wake();
          });
        underWay.add(performing);
      }
    } while (mustLookAgain && !stopping.signal.aborted);
  };

  function wake(): void {
    mustLookAgain = true;
    if (looking !== undefined || stopping.signal.aborted) return;
    looking = look()
      .catch((err: unknown) =>
        logger.warn({ err, work: list.name }, 'the work list cannot be read at the moment'),
      )
      .finally(() => {
        looking = undefined;
      });
  }

  const lookEverySoOften = (): void => {
    wake();
    cancelTimer = clock.after(LOOK_EVERY_MS, lookEverySoOften);
  };

  return {
    start: lookEverySoOften,
    wake,
    close: async () => {
      stopping.abort();
      cancelTimer();
      await looking;
      await Promise.all(underWay);
    },
  };
}
