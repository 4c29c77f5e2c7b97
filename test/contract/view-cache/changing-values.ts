import { setTimeout as sleep } from 'node:timers/promises';
import type { EventEnvelope } from '@cloudphone/contracts';
import { encodeLogRow } from '@cloudphone/event-log';
import type { LogStore } from '@cloudphone/redis';
import { currentReadContext, randomId } from '@cloudphone/runtime';
import { defineView } from '@cloudphone/view-cache';
import { z } from 'zod';

/** Numbers that only ever grow, so that of two answers the older one is known by its look. */
export interface ChangingValues {
  /** Of all calls: those under way now, and the most there ever were. */
  readonly running: number;
  readonly mostRunning: number;
  get(key: string): Promise<number>;
  /** What is true now. */
  truthOf(key: string): number;
  /** It commits; nobody is told yet. */
  change(key: string): number;
}

const CALL_MS = 5;

export function createChangingValues(): ChangingValues {
  const truth = new Map<string, number>();
  let running = 0;
  let mostRunning = 0;
  const truthOf = (key: string): number => truth.get(key) ?? 0;
  return {
    get running() {
      return running;
    },
    get mostRunning() {
      return mostRunning;
    },
    truthOf,
    change: (key) => {
      truth.set(key, truthOf(key) + 1);
      return truthOf(key);
    },
    get: async (key) => {
      const call = currentReadContext()?.beginCall([key]);
      mostRunning = Math.max(mostRunning, ++running);
      const value = truthOf(key);
      await sleep(CALL_MS);
      running--;
      call?.answered({ tags: [{ tag: key }] });
      return value;
    },
  };
}

/** Says in the log that a key has reached a value. Rejects while the log is away. */
export async function tell(log: LogStore, key: string, value: number) {
  // Of an envelope, a tail looks at type and time; the test reads its data.
  const envelope = {
    type: 'device.updated',
    time: new Date().toISOString(),
    data: { key, value },
  } as unknown as EventEnvelope;
  const [row] = await log.append([{ id: randomId(), tags: [key], json: encodeLogRow(envelope) }]);
  if (row === undefined) throw new Error('nothing was appended');
  return row.position;
}

export const valueView = defineView<ChangingValues>()({
  name: 'value',
  params: z.strictObject({ key: z.string() }),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  load: async ({ key }, { from }) => ({ value: await from.get(key) }),
});
