/** Longer than any channel's time for one message. */
export const LEASE_MS = 10_000;

/** How long the queue holds a dead worker's job: its claims have run out by then. */
export function jobLockMs(leaseMs: number): number {
  return Math.ceil(leaseMs * 1.5);
}
