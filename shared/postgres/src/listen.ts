import { type Logger, pause, systemClock } from '@cloudphone/runtime';
import { Client, escapeIdentifier } from 'pg';
import { type ClientOptions, clientConfig } from './client-config.ts';

export interface Listening {
  close(): Promise<void>;
}

interface ListenOptions extends ClientOptions {
  readonly channel: string;
  readonly onNotify: (payload: string) => void;
  readonly logger: Logger;
}

const MAX_RECONNECT_DELAY_MS = 2_000;

/** Resolves when it listens, or when its first attempt failed: it goes on trying until closed. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const stopping = new AbortController();
  let client: Client | undefined;

  const connectOnce = async (onLost: () => void): Promise<boolean> => {
    const next = new Client(clientConfig({ ...options, name: `${options.name} (listen)` }));
    let isUp = false;
    next.on('error', (err) => {
      if (isUp) options.logger.warn({ err, channel: options.channel }, 'a listener broke');
    });
    next.once('end', () => isUp && onLost());
    next.on('notification', ({ payload }) => options.onNotify(payload ?? ''));
    try {
      await next.connect();
      await next.query(`listen ${escapeIdentifier(options.channel)}`);
    } catch (err) {
      options.logger.debug({ err, channel: options.channel }, 'cannot listen yet');
      await endQuietly(next);
      return false;
    }
    isUp = true;
    client = next;
    if (stopping.signal.aborted) await endQuietly(next);
    else options.onNotify('');
    return true;
  };

  const reconnect = async (): Promise<void> => {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      const ceilingMs = Math.min(MAX_RECONNECT_DELAY_MS, 50 * 2 ** Math.min(attempt, 6));
      await pause(systemClock, ceilingMs * (0.5 + Math.random() / 2), stopping.signal);
      if (stopping.signal.aborted || (await connectOnce(onLost))) return;
    }
  };
  const onLost = () => void reconnect();

  if (!(await connectOnce(onLost))) onLost();
  return {
    close: async () => {
      stopping.abort();
      if (client !== undefined) await endQuietly(client);
    },
  };
}

/** A connection that is broken already cannot be ended properly, and need not be. */
async function endQuietly(client: Client): Promise<void> {
  await client.end().catch(() => undefined);
}
