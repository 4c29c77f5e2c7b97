export interface CalendarMonth {
  readonly startMs: number;
  /** The first instant of the next month. */
  readonly endMs: number;
}

/** The UTC month that holds an instant. */
export function monthOf(nowMs: number): CalendarMonth {
  const now = new Date(nowMs);
  const year = now.getUTCFullYear();
  const month = now.getUTCMonth();
  return { startMs: Date.UTC(year, month, 1), endMs: Date.UTC(year, month + 1, 1) };
}

/** `2026-01-31`: the UTC day that holds an instant. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The first instant of a month by its name, `2026-01`. */
export function monthStartMs(month: string): number {
  return Date.parse(`${month}-01T00:00:00Z`);
}
