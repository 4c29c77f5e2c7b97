import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** Runs the script in one round trip; rejects as ioredis does. */
export type Command = (
  client: Redis,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
) => Promise<unknown>;

/**
 * A Lua script as a command: sent by its hash, and by its text to a server that does not know it
 * (NOSCRIPT means that nothing ran, so sending it again is safe). `numberOfKeys` is checked when
 * given; leave it out for scripts that take as many keys as they are given.
 */
export function defineCommand(script: string, numberOfKeys?: number): Command {
  const hash = createHash('sha1').update(script).digest('hex');
  return async (client, keys, args) => {
    if (numberOfKeys !== undefined && keys.length !== numberOfKeys) {
      throw new TypeError(`the script takes ${numberOfKeys} keys, ${keys.length} were given`);
    }
    try {
      return await client.evalsha(hash, keys.length, ...keys, ...args);
    } catch (err) {
      if (!(err instanceof Error) || !err.message.startsWith('NOSCRIPT')) throw err;
      return await client.eval(script, keys.length, ...keys, ...args);
    }
  };
}
