const DAY_MS = 86_400_000;

/** Days before the end of a subscription at which its person is told, the earliest first; 0 is the end. */
const NOTICES = [7, 1, 0] as const;

/** When the next notice is due after an instant; null when all are past. */
export function nextNoticeAt(expiresAt: Date, after: Date): Date | null {
  const times = NOTICES.map((days) => expiresAt.getTime() - days * DAY_MS);
  const next = times.find((atMs) => atMs > after.getTime());
  return next === undefined ? null : new Date(next);
}

/** Whole days left, rounded up; 0 once it has expired. */
export function daysLeft(expiresAt: Date, at: Date): number {
  return Math.max(0, Math.ceil((expiresAt.getTime() - at.getTime()) / DAY_MS));
}
