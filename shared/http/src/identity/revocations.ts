import type { Clock } from '@cloudphone/runtime';

export interface Revocations {
  /** Whatever was issued under the name before `atMs` (wall clock) ends. */
  revoke(name: string, atMs: number): void;
  isRevoked(name: string, issuedAtMs: number): boolean;
  /** Grows with every call of `revoke`: what was not revoked is not while it stays the same. */
  readonly count: number;
}

/**
 * Who lost their tokens, and when: remembered for as long as a token issued before that could still
 * be valid. Look-ups are one Map access; old ones are forgotten while new ones are added.
 */
export function createRevocations(options: {
  readonly longestTokenMs: number;
  readonly clock: Clock;
}): Revocations {
  const { longestTokenMs, clock } = options;
  const revokedAtMs = new Map<string, number>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    revoke: (name, atMs) => {
      count += 1;
      const latest = Math.max(atMs, revokedAtMs.get(name) ?? Number.NEGATIVE_INFINITY);
      // Set anew, so that the Map's order is that of the calls and its oldest come first.
      revokedAtMs.delete(name);
      revokedAtMs.set(name, latest);
      for (const [oldest, oldestMs] of revokedAtMs) {
        if (oldestMs + longestTokenMs > clock.now()) break;
        revokedAtMs.delete(oldest);
      }
    },
    isRevoked: (name, issuedAtMs) =>
      issuedAtMs < (revokedAtMs.get(name) ?? Number.NEGATIVE_INFINITY),
  };
}
