import { upstreamTimeout } from '@cloudphone/errors';
import { type RedisConnection, whenReady } from '../connection.ts';
import { keys } from '../keys.ts';

interface WaitingRead {
  readonly seq: number;
  readonly count: number;
  readonly blockMs: number;
  readonly signal: AbortSignal | undefined;
}

interface WaitingReader {
  /** The reply of XREAD; null when nothing came or the wait was aborted. */
  read(read: WaitingRead): Promise<unknown>;
  close(): Promise<void>;
}

const WATCHDOG_MS = 1_000;

/**
 * XREAD BLOCK on a connection of its own, since a blocked one can do nothing else. A server that
 * hangs, or a connection whose other end is gone, never answers: after the wait plus a second the
 * connection is broken off, and the client connects anew. (The client's own `blockingTimeout` would
 * answer `nothing new` instead, and leave the dead connection in place.)
 */
export function createWaitingReader(connection: RedisConnection): WaitingReader {
  let own: RedisConnection | undefined;
  const connect = () => {
    const name = `${connection.options.name} (waiting)`;
    own ??= connection.duplicate({ name, manner: 'fail-fast', commandTimeoutMs: 0 });
    return own;
  };
  return {
    read: async (read) => {
      const reader = connect();
      await whenReady(reader, WATCHDOG_MS);
      return await readOrBreakOff(reader, read);
    },
    close: async () => {
      // Not closed in turn: that would wait for a blocked read.
      own?.client.disconnect();
    },
  };
}

function readOrBreakOff(
  reader: RedisConnection,
  { seq, count, blockMs, signal }: WaitingRead,
): Promise<unknown> {
  const watchdogMs = blockMs + WATCHDOG_MS;
  return new Promise((resolve, reject) => {
    const onAbort = () => finish(() => resolve(null));
    const timer = setTimeout(() => {
      if (reader.isReady) reader.client.disconnect(true);
      finish(() => reject(upstreamTimeout('redis', watchdogMs)));
    }, watchdogMs);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    reader.client
      .xread('COUNT', count, 'BLOCK', blockMs, 'STREAMS', keys.log.stream(), `${seq}-0`)
      .then(
        (reply) => finish(() => resolve(reply)),
        (err: unknown) => finish(() => reject(err)),
      );
  });
}
