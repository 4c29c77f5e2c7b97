import type { RedisConnection } from '@cloudphone/redis';

type Failed = (operation: string, err: unknown) => void;
type MessageListener = (...args: unknown[]) => unknown;

/**
 * The adapter's publishing client. The adapter never awaits what it publishes, so every failure
 * ends here, reported: nothing that Redis does can become an unhandled rejection.
 */
export function createPublishingLink(connection: RedisConnection, failed: Failed) {
  const { client } = connection;
  return {
    publish: async (channel: string, message: string | Buffer): Promise<void> => {
      try {
        await client.publish(channel, message);
      } catch (err) {
        failed('publish', err);
      }
    },
    ...errorEvents(connection),
  };
}

/**
 * The adapter's subscribing client. It asks for its channels again whenever Redis is back (also
 * when Redis was away at the start, which the adapter alone would never recover from), and a
 * message that cannot be read is reported instead of being thrown inside a socket's listener.
 */
export function createSubscribingLink(connection: RedisConnection, failed: Failed) {
  const { client } = connection;
  const patterns = new Set<string>();
  const channels = new Set<string>();
  const guarded = new Map<MessageListener, MessageListener>();
  const attempt = async (operation: string, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
    } catch (err) {
      failed(operation, err);
    }
  };
  const subscribeAll = async (): Promise<void> => {
    if (patterns.size > 0) await attempt('subscribe', () => client.psubscribe(...patterns));
    if (channels.size > 0) await attempt('subscribe', () => client.subscribe(...channels));
  };
  connection.onReady(() => void subscribeAll());
  const ifReady = (run: () => Promise<void>) => (connection.isReady ? run() : Promise.resolve());
  const events = errorEvents(connection);
  return {
    psubscribe: (pattern: string) => {
      patterns.add(pattern);
      return ifReady(() => attempt('subscribe', () => client.psubscribe(pattern)));
    },
    subscribe: (names: readonly string[]) => {
      for (const name of names) channels.add(name);
      return ifReady(() => attempt('subscribe', () => client.subscribe(...names)));
    },
    punsubscribe: (pattern: string) => {
      patterns.delete(pattern);
      return ifReady(() => attempt('unsubscribe', () => client.punsubscribe(pattern)));
    },
    unsubscribe: (names: readonly string[]) => {
      for (const name of names) channels.delete(name);
      return ifReady(() => attempt('unsubscribe', () => client.unsubscribe(...names)));
    },
    listenerCount: events.listenerCount,
    on: (event: string, listener: MessageListener) => {
      if (event === 'error') return events.on(event, listener);
      const safe = async (...args: unknown[]) => attempt('receive', async () => listener(...args));
      guarded.set(listener, safe);
      client.on(event, safe);
    },
    off: (event: string, listener: MessageListener) => {
      if (event === 'error') return events.off(event, listener);
      client.off(event, guarded.get(listener) ?? listener);
      guarded.delete(listener);
    },
  };
}

function errorEvents({ client }: RedisConnection) {
  return {
    on: (event: string, listener: MessageListener) => void client.on(event, listener),
    off: (event: string, listener: MessageListener) => void client.off(event, listener),
    listenerCount: (event: string) => client.listenerCount(event),
  };
}
