const DAY_MS = 86_400_000;

/** How long messages and announcements stand in inboxes. */
export const RETENTION_MS = 90 * DAY_MS;

/** When the first of the announcements made then leaves the inbox by itself. */
export function nextExpiryMs(announcedAtMs: readonly number[]): number | undefined {
  return announcedAtMs.length === 0 ? undefined : Math.min(...announcedAtMs) + RETENTION_MS;
}
