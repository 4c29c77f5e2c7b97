import { IANAZone } from 'luxon';

/**
 * A wall clock's reading as if it were UTC, in ms: readings compare and count like instants, and no
 * zone can make one of them impossible.
 */
export type WallMs = number;

const READING = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** By name: an offset alone knows no summer time. */
export function isTimeZone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
}

/** `2026-03-01T09:00`, seconds if need be. Undefined for what no calendar has. */
export function parseWallTime(text: string): WallMs | undefined {
  const parts = READING.exec(text)
    ?.slice(1)
    .map((part = '0') => Number(part));
  if (parts === undefined) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  return formatWallTime(wallMs) === fullReading(text) ? wallMs : undefined;
}

/** `2026-03-01T09:00:00` */
export function formatWallTime(wallMs: WallMs): string {
  return new Date(wallMs).toISOString().slice(0, 19);
}

/** What the clocks of a zone show at an instant. */
export function wallTimeAt(instantMs: number, timeZone: string): WallMs {
  return instantMs + offsetMs(instantMs, timeZone);
}

/**
 * The first instant at which the clocks of a zone show that time or a later one. So in an hour that
 * a zone leaves out it is the moment after it, and of a time that comes twice, the first.
 */
export function instantOf(wallMs: WallMs, timeZone: string): number {
  const before = offsetMs(wallMs - DAY_MS, timeZone);
  const after = offsetMs(wallMs + DAY_MS, timeZone);
  const candidates = [wallMs - Math.max(before, after), wallMs - Math.min(before, after)] as const;
  const exact = candidates.find((instantMs) => wallTimeAt(instantMs, timeZone) === wallMs);
  return exact ?? firstAtOrAfter(wallMs, timeZone, candidates);
}

/** In a gap: the change lies between the two readings of the time, and is whole minutes away. */
function firstAtOrAfter(
  wallMs: WallMs,
  timeZone: string,
  [from, to]: readonly [number, number],
): number {
  let early = Math.floor(from / MINUTE_MS);
  let late = Math.ceil(to / MINUTE_MS);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (wallTimeAt(middle * MINUTE_MS, timeZone) >= wallMs) late = middle;
    else early = middle;
  }
  return late * MINUTE_MS;
}

function offsetMs(instantMs: number, timeZone: string): number {
  return IANAZone.create(timeZone).offset(instantMs) * MINUTE_MS;
}

function fullReading(text: string): string {
  return text.length === 16 ? `${text}:00` : text;
}
