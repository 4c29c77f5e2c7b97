import { Cron } from 'croner';
import { formatWallTime, instantOf, parseWallTime, type WallMs, wallTimeAt } from './wall-clock.ts';

/** When something comes round, by the wall clock of a zone. */
export interface Recurrence {
  readonly cron: string;
  readonly timeZone: string;
  /** Wall clock; the last moment at which an occurrence may begin. */
  readonly until: string | null;
}

export interface Occurrence {
  /** `2026-03-01T09:00:00`: what names it, for ever. */
  readonly local: string;
  readonly atMs: number;
}

/** No zone ever put its clocks back by more. */
const LOOK_BACK_MS = 4 * 3_600_000;
/** A pattern may name days that hardly ever come; beyond this many readings it is given up. */
const MAX_READINGS = 10_000;

/** Undefined for what is no pattern of five fields. */
export function parseCron(pattern: string): Cron | undefined {
  try {
    // Wall-clock readings are counted as if they were UTC: the zone comes in by `instantOf`.
    return new Cron(pattern, { mode: '5-part', timezone: 'UTC', paused: true });
  } catch {
    return undefined;
  }
}

/**
 * The next occurrences after an instant, in order. Readings that fall on one instant (all that a gap
 * swallows, and the one after it) are one occurrence, called after the first of them.
 */
export function nextRuns(recurrence: Recurrence, afterMs: number, count: number): Occurrence[] {
  const pattern = parseCron(recurrence.cron);
  if (pattern === undefined) return [];
  const { timeZone } = recurrence;
  const lastMs = untilMs(recurrence);
  const runs: Occurrence[] = [];
  let previousMs = Number.NEGATIVE_INFINITY;
  let reading: WallMs | undefined = wallTimeAt(afterMs, timeZone) - LOOK_BACK_MS;
  for (let tried = 0; runs.length < count && tried < MAX_READINGS; tried += 1) {
    reading = pattern.nextRun(new Date(reading))?.getTime();
    if (reading === undefined || reading > lastMs) break;
    const atMs = instantOf(reading, timeZone);
    if (atMs > afterMs && atMs !== previousMs) {
      runs.push({ local: formatWallTime(reading), atMs });
    }
    previousMs = atMs;
  }
  return runs;
}

function untilMs({ until }: Recurrence): WallMs {
  return (until === null ? undefined : parseWallTime(until)) ?? Number.POSITIVE_INFINITY;
}
