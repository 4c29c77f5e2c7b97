import { dayOf } from './calendar-month.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What a minute of a running device costs, in minor units. */
const COST_PER_MINUTE = 1;

export interface MeteredDay {
  readonly day: string;
  readonly minutes: number;
  readonly cost: number;
}

/**
 * The minutes that begin within a run, by UTC day. Runs that follow each other are never charged
 * twice for the minute in which one ends and the next begins.
 */
export function meteredDays(fromMs: number, toMs: number): MeteredDay[] {
  const days: MeteredDay[] = [];
  for (let startMs = fromMs; startMs < toMs; ) {
    const endMs = Math.min(toMs, startMs - (startMs % DAY_MS) + DAY_MS);
    const minutes = Math.ceil(endMs / MINUTE_MS) - Math.ceil(startMs / MINUTE_MS);
    if (minutes > 0) days.push({ day: dayOf(startMs), minutes, cost: costOf(minutes) });
    startMs = endMs;
  }
  return days;
}

export function costOf(minutes: number): number {
  return minutes * COST_PER_MINUTE;
}
