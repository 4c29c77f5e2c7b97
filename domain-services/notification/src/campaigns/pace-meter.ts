import type { Clock } from '@cloudphone/runtime';

/** How fast campaigns have moved of late, from what polls of them saw. */
export interface PaceMeter {
  /** People a second over the last half minute of this epoch; undefined before a second has passed. */
  note(campaign: { batchId: string; epoch: number; processed: number }): number | undefined;
}

interface Sight {
  readonly atMs: number;
  readonly processed: number;
}

interface Watched {
  readonly epoch: number;
  readonly sights: Sight[];
}

const WINDOW_MS = 30_000;
const SIGHT_EVERY_MS = 500;
/** Less says more about the moment than about the pace. */
const SHORTEST_MS = 1_000;
const CAMPAIGNS = 200;

/**
 * Measured over a window, because sending comes in bursts: between two polls a limit lets through all
 * or nothing. Kept for the campaigns that are watched; forgets the one that was not for longest.
 */
export function createPaceMeter(clock: Clock): PaceMeter {
  const watched = new Map<string, Watched>();
  return {
    note: ({ batchId, epoch, processed }) => {
      const atMs = clock.monotonicMs();
      const known = watched.get(batchId);
      const isSame = known !== undefined && known.epoch === epoch;
      const sights = isSame && hasMovedOn(known.sights, processed) ? known.sights : [];
      watched.delete(batchId);
      watched.set(batchId, { epoch, sights });
      forgetOldest(watched);
      if (atMs - (sights.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) >= SIGHT_EVERY_MS) {
        sights.push({ atMs, processed });
      }
      while (sights.length > 2 && atMs - (sights[1]?.atMs ?? atMs) >= WINDOW_MS) sights.shift();
      const first = sights[0];
      if (first === undefined || atMs - first.atMs < SHORTEST_MS) return undefined;
      return ((processed - first.processed) * 1_000) / (atMs - first.atMs);
    },
  };
}

/** The time before the first of them moved says nothing of the pace, nor does what went back. */
function hasMovedOn(sights: readonly Sight[], processed: number): boolean {
  const [first] = sights;
  const last = sights.at(-1);
  if (first === undefined || last === undefined) return false;
  return processed > first.processed && processed >= last.processed;
}

function forgetOldest(watched: Map<string, Watched>): void {
  const oldest = watched.size > CAMPAIGNS ? watched.keys().next().value : undefined;
  if (oldest !== undefined) watched.delete(oldest);
}
