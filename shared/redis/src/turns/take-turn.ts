import type { RedisConnection } from '../connection.ts';
import { defineCommand } from '../define-command.ts';
import { keys } from '../keys.ts';
import script from './take-turn.lua';

const take = defineCommand(script, 2);
const NUMBER_KEPT_MS = 24 * 3_600_000;

/**
 * The turn at something that one process should do for all: a number that rises with every turn, or
 * undefined while somebody else has it. One round trip; rejects as the connection does. Forgotten
 * turns (Redis emptied, a day without one) begin at 1 again.
 */
export async function takeTurn(
  redis: RedisConnection,
  turn: { readonly name: string; readonly forMs: number },
): Promise<number | undefined> {
  const names = [keys.turn.taken(turn.name), keys.turn.number(turn.name)];
  const number = await take(redis.client, names, [turn.forMs, NUMBER_KEPT_MS]);
  return number === 0 ? undefined : (number as number);
}
