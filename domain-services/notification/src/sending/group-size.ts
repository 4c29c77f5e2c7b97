import type { Channel } from '../channels/channel.ts';

/**
 * Small where a repeat is a second message: a crash leaves at most one group a slot in doubt. Where it
 * is none, nothing is ever in doubt, so a group may be as large as is sent within a moment: a pause
 * waits for one.
 */
const SMALL = 10;
const LARGEST = 100;
const QUICK_MS = 50;
const SLOW_MS = 200;

/** How many recipients the next claim takes, by how long the last ones took. */
export interface GroupSize {
  next(): number;
  note(size: number, tookMs: number): void;
}

export function createGroupSize({ isRepeatable }: Pick<Channel, 'isRepeatable'>): GroupSize {
  let size = SMALL;
  return {
    next: () => size,
    note: (sent, tookMs) => {
      if (!isRepeatable) return;
      if (tookMs > SLOW_MS) size = Math.max(SMALL, Math.floor(size / 2));
      else if (tookMs < QUICK_MS && sent >= size) size = Math.min(LARGEST, size * 2);
    },
  };
}
