import { invalidInput } from '@cloudphone/errors';
import { dayOf } from '../usage/calendar-month.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 3_660;

export type GroupBy = 'day' | 'week' | 'month';

/** UTC days, `to` not included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** What a report covers, and the periods that it is told in, in order and without holes. */
export interface ReportSpan extends Period {
  readonly periods: readonly Period[];
  /** When the same question means other days, because they were counted from today; else undefined. */
  readonly movesAtMs: number | undefined;
}

/** The thirty days that end today unless told. Throws invalid_input for a span that is none. */
export function reportSpan(
  query: {
    readonly from?: string | undefined;
    readonly to?: string | undefined;
    readonly groupBy: GroupBy;
  },
  nowMs: number,
): ReportSpan {
  const tomorrowMs = nowMs - (nowMs % DAY_MS) + DAY_MS;
  const toMs = query.to === undefined ? tomorrowMs : Date.parse(query.to);
  const fromMs = query.from === undefined ? toMs - DEFAULT_DAYS * DAY_MS : Date.parse(query.from);
  if (fromMs >= toMs) refuse('query.to', 'is not after the first day');
  if (toMs - fromMs > MAX_DAYS * DAY_MS)
    refuse('query.from', 'is more than ten years before the end');
  return {
    from: dayOf(fromMs),
    to: dayOf(toMs),
    periods: periodsBetween(fromMs, toMs, query.groupBy),
    movesAtMs: query.to === undefined ? tomorrowMs : undefined,
  };
}

function periodsBetween(fromMs: number, toMs: number, groupBy: GroupBy): Period[] {
  const periods: Period[] = [];
  for (let startMs = fromMs; startMs < toMs; ) {
    const endMs = Math.min(toMs, endOfPeriod(startMs, groupBy));
    periods.push({ from: dayOf(startMs), to: dayOf(endMs) });
    startMs = endMs;
  }
  return periods;
}

/** The first instant after the day, week (from Monday) or month that holds an instant. */
function endOfPeriod(ms: number, groupBy: GroupBy): number {
  const day = new Date(ms);
  const [year, month, date] = [day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate()];
  if (groupBy === 'month') return Date.UTC(year, month + 1, 1);
  if (groupBy === 'day') return Date.UTC(year, month, date + 1);
  const daysSinceMonday = (day.getUTCDay() + 6) % 7;
  return Date.UTC(year, month, date - daysSinceMonday + 7);
}

function refuse(path: string, message: string): never {
  throw invalidInput([{ path, message }]);
}
