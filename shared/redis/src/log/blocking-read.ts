import { upstreamTimeout, upstreamUnavailable } from '@cloudphone/errors';
import type { RedisConnection } from '../connection.ts';
import { keys } from '../keys.ts';
import { redisFailure } from '../redis-failure.ts';

interface BlockingRead {
  readonly seq: number;
  readonly count: number;
  readonly blockMs: number;
  readonly signal: AbortSignal | undefined;
}

const WATCHDOG_MS = 1_000;

/**
 * XREAD BLOCK. A server that hangs, or a connection whose other end is gone, never answers: after
 * the wait plus a second the connection is broken off, and the client connects anew. (The client's
 * own `blockingTimeout` would answer `nothing new` instead, and leave the dead connection in place.)
 */
export async function blockingRead(
  connection: RedisConnection,
  { seq, count, blockMs, signal }: BlockingRead,
): Promise<unknown> {
  const { client, options } = connection;
  if (options.commandTimeoutMs !== 0) {
    throw new TypeError('a blocking read needs a connection without a command time limit');
  }
  if (!connection.isReady) throw upstreamUnavailable('redis', 'the reader is not connected');
  const watchdogMs = blockMs + WATCHDOG_MS;
  return await new Promise((resolve, reject) => {
    const onAbort = () => finish(() => resolve(null));
    const timer = setTimeout(() => {
      if (connection.isReady) client.disconnect(true);
      finish(() => reject(upstreamTimeout('redis', watchdogMs)));
    }, watchdogMs);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    client.xread('COUNT', count, 'BLOCK', blockMs, 'STREAMS', keys.log.stream(), `${seq}-0`).then(
      (reply) => finish(() => resolve(reply)),
      (err: unknown) => finish(() => reject(redisFailure(err, watchdogMs))),
    );
  });
}
