import { setTimeout as sleep } from 'node:timers/promises';
import type { LogStore } from '@cloudphone/redis';
import type { Change, ChangeFeed, Reset } from '../change-feed.ts';
import { includes, type Position } from '../position.ts';

export interface LogFollower extends ChangeFeed {
  /** Stops applying rows; heartbeats go on, so the node trusts what it knows. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

interface Listener {
  applyChange(change: Change): void;
  reset(reset: Reset): void;
}

/** The least that follows a log as view caches need it: asks, rather than waits, for rows. */
export function followLog(
  log: LogStore,
  listener: () => Listener,
  { heartbeatMs = 1_000 }: { readonly heartbeatMs?: number } = {},
): LogFollower {
  let applied: Position | undefined;
  let trustedUntilMs = 0;
  let nextBeatMs = 0;
  let isHeld = false;
  let isClosed = false;

  const beat = async (): Promise<void> => {
    const sentAtMs = performance.now();
    if (sentAtMs < nextBeatMs) return;
    const { epoch, seq } = await log.beat();
    if (applied?.epoch !== epoch) {
      const reason = applied === undefined ? 'start' : 'epoch';
      applied = { epoch, seq };
      listener().reset({ reason, position: applied });
    }
    trustedUntilMs = sentAtMs + 2 * heartbeatMs;
    nextBeatMs = sentAtMs + heartbeatMs;
  };
  const applyRows = async (): Promise<void> => {
    if (applied === undefined || isHeld) return;
    const { epoch } = applied;
    for (const row of await log.readAfter(applied.seq, { count: 500 })) {
      if (isHeld) return;
      const position = { epoch, seq: row.seq };
      const { class: changeClass } = JSON.parse(row.json) as Pick<Change, 'class'>;
      listener().applyChange({ position, tags: row.tags, class: changeClass });
      applied = position;
    }
  };
  const follow = async (): Promise<void> => {
    while (!isClosed) {
      try {
        await beat();
        await applyRows();
      } catch {
        // Redis is away: what was promised until then holds, then trust runs out.
      }
      await sleep(2);
    }
  };
  const following = follow();

  return {
    get applied() {
      return applied;
    },
    get isTrusted() {
      return performance.now() < trustedUntilMs;
    },
    waitFor: async (position, timeoutMs) => {
      const untilMs = performance.now() + timeoutMs;
      while (!includes(applied, position) && performance.now() < untilMs) await sleep(2);
      return includes(applied, position);
    },
    observe: () => {
      nextBeatMs = Math.min(nextBeatMs, performance.now() + 20);
    },
    hold: () => {
      isHeld = true;
    },
    release: () => {
      isHeld = false;
    },
    close: async () => {
      isClosed = true;
      await following;
    },
  };
}
