import type { Preferences, Settings } from '@cloudphone/contracts';
import { DateTime, IANAZone } from 'luxon';

type Hours = NonNullable<Settings['quietHours']>;

/** A person's own hours; the platform's where they have said nothing. */
export function quietHoursOf(
  own: Preferences['quietHours'],
  platforms: Settings['quietHours'],
): Hours | undefined {
  if (own === 'none') return undefined;
  return own ?? platforms ?? undefined;
}

/**
 * When the quiet hours end that `nowMs` falls into, in the zone; undefined outside of them. They begin
 * at `from` and are over at `to`; equal times are no time at all. A wall-clock time that the zone
 * leaves out on a day is the first moment after it.
 */
export function quietUntilMs(
  { from, to }: Hours,
  timeZone: string,
  nowMs: number,
): number | undefined {
  const zone = IANAZone.isValidZone(timeZone) ? timeZone : 'UTC';
  const now = DateTime.fromMillis(nowMs, { zone });
  const clock = now.toFormat('HH:mm');
  const isOverMidnight = to < from;
  const isQuiet = isOverMidnight ? clock >= from || clock < to : clock >= from && clock < to;
  if (!isQuiet) return undefined;
  const [hour, minute] = to.split(':').map(Number);
  const endsTomorrow = isOverMidnight && clock >= from;
  const day = now.startOf('day').plus({ days: endsTomorrow ? 1 : 0 });
  const end = day.set({ hour: hour ?? 0, minute: minute ?? 0 }).toMillis();
  // Where clocks are set back, the same wall clock comes twice: never a time that is over.
  return Math.max(end, nowMs + 1_000);
}
