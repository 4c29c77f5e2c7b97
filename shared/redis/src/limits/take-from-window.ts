import type { RedisConnection } from '../connection.ts';
import { defineCommand } from '../define-command.ts';
import { keys } from '../keys.ts';
import script from './take-from-window.lua';

const take = defineCommand(script, 1);

/**
 * Leases up to `wanted` requests of a limit's window to this process; all processes together are
 * granted `limit`. One round trip; rejects as the connection does.
 */
export async function takeFromWindow(
  redis: RedisConnection,
  request: {
    readonly key: string;
    /** Number of the window, from the clock. */
    readonly window: number;
    readonly windowMs: number;
    readonly wanted: number;
    readonly limit: number;
  },
): Promise<{ readonly granted: number; readonly total: number }> {
  const { key, window, windowMs, wanted, limit } = request;
  const reply = await take(
    redis.client,
    [keys.limitWindow(key, window)],
    // Twice: clocks of processes differ.
    [wanted, limit, windowMs * 2],
  );
  const [granted = 0, total = 0] = reply as number[];
  return { granted, total };
}
