import type { AnyView } from './define-view.ts';
import type { LoadedEntry } from './entry.ts';

/** A number from 0 up to 1, as Math.random gives. */
export type Random = () => number;

const JITTER = 0.1;
const ABSENT_FOR_MS = 5_000;

type Lifetimes = Pick<LoadedEntry, 'freshUntilMs' | 'servableUntilMs'>;

/** ±10 %, so that what was loaded together does not expire together. */
export function lifetimesFrom(
  view: Pick<AnyView, 'freshForMs' | 'servableForMs'>,
  loaded: { readonly createdAtMs: number; readonly isAbsent: boolean },
  random: Random,
): Lifetimes {
  const longestMs = loaded.isAbsent ? ABSENT_FOR_MS : Infinity;
  const freshForMs = Math.min(view.freshForMs, longestMs) * (1 - JITTER + 2 * JITTER * random());
  const servableForMs = Math.min(view.servableForMs, longestMs);
  return {
    freshUntilMs: loaded.createdAtMs + Math.min(freshForMs, servableForMs),
    servableUntilMs: loaded.createdAtMs + servableForMs,
  };
}

/** Until it is asked for anew or says something else by time alone, whichever comes first; negative afterwards. */
export function freshnessLeftMs(
  entry: Pick<LoadedEntry, 'freshUntilMs' | 'changesAtMs'>,
  nowMs: number,
): number {
  return Math.min(entry.freshUntilMs, entry.changesAtMs) - nowMs;
}

/**
 * When this process refreshes the entry: before it stops being fresh, earlier the longer its load
 * takes, at random, so that of many processes one goes first (XFetch: Vattani et al., VLDB 2015,
 * beta 1). Drawn once per entry and process rather than per read: a hit stays a comparison.
 */
export function refreshPointOf(
  entry: Pick<LoadedEntry, 'freshUntilMs' | 'createdAtMs' | 'loadMs'>,
  random: Random,
): number {
  const earlyMs = entry.loadMs * -Math.log(1 - random());
  const freshForMs = entry.freshUntilMs - entry.createdAtMs;
  return entry.freshUntilMs - Math.min(earlyMs, freshForMs / 2);
}
