import type { Clock } from '@cloudphone/runtime';

/**
 * What was closed lately, so that a check which began before a closure cannot let somebody in after
 * it: a socket that is still logging in is in no room yet, and no closure finds it there.
 */
export interface RecentClosures {
  /** Taken when a check begins. */
  mark(): number;
  record(name: string): void;
  /** Whether any of these was closed since the mark. */
  happenedSince(mark: number, names: readonly string[]): boolean;
}

/** Longer than any check may take; a socket that is slower has been disconnected. */
const REMEMBERED_MS = 60_000;

export function createRecentClosures(clock: Clock): RecentClosures {
  const closures = new Map<string, { readonly order: number; readonly atMs: number }>();
  let order = 0;
  const forgetOld = () => {
    for (const [name, closure] of closures) {
      if (clock.monotonicMs() - closure.atMs < REMEMBERED_MS) return;
      closures.delete(name);
    }
  };
  return {
    mark: () => order,
    record: (name) => {
      forgetOld();
      closures.delete(name);
      order += 1;
      closures.set(name, { order, atMs: clock.monotonicMs() });
    },
    happenedSince: (mark, names) => names.some((name) => (closures.get(name)?.order ?? 0) > mark),
  };
}
