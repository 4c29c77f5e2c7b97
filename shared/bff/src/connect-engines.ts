import {
  connectRedis,
  createLogStore,
  type LogStore,
  type RedisConnection,
  type RedisOptions,
} from '@cloudphone/redis';
import type { Lifecycle, Logger } from '@cloudphone/runtime';
import type { BffConfig } from './bff-config.ts';

export interface Engines {
  /** Requests' own commands: the log's clock and watermarks. */
  readonly log: RedisConnection;
  /** Sessions, limits, idempotency, turns of jobs: what nobody may evict. */
  readonly main: RedisConnection;
  /** Views and their leases. */
  readonly cache: RedisConnection;
  readonly store: LogStore;
  /** Waits for rows on a connection of its own. */
  readonly reader: LogStore;
  readonly sockets: { readonly publisher: RedisConnection; readonly subscriber: RedisConnection };
}

/** Opens every connection of a BFF; none is waited for. */
export function connectEngines(
  { redisUrls, process }: BffConfig,
  logger: Logger,
  lifecycle: Lifecycle,
): Engines {
  const connect = (
    url: string,
    role: string,
    manner: RedisOptions['manner'],
    more: Pick<RedisOptions, 'autoResubscribe'> = {},
  ) => {
    const connection = connectRedis({ url, name: `${process}-${role}`, manner, logger, ...more });
    lifecycle.onClose(`redis (${role})`, () => connection.close());
    return connection;
  };
  const storeOn = (connection: RedisConnection) => {
    const store = createLogStore({ connection, logger });
    lifecycle.onClose('log store', () => store.close());
    return store;
  };
  const log = connect(redisUrls.log, 'log', 'fail-fast');
  const main = connect(redisUrls.main, 'main', 'fail-fast');
  const cache = connect(redisUrls.cache, 'cache', 'fail-fast');
  return {
    log,
    main,
    cache,
    store: storeOn(log),
    reader: storeOn(connect(redisUrls.log, 'tail', 'patient')),
    sockets: {
      publisher: connect(redisUrls.sockets, 'socket-publisher', 'fail-fast'),
      // The adapter's link subscribes again by itself.
      subscriber: connect(redisUrls.sockets, 'socket-subscriber', 'patient', {
        autoResubscribe: false,
      }),
    },
  };
}
