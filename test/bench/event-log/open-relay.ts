import { createRelay, type EventLogTables } from '@cloudphone/event-log';
import { connectPostgres, type Postgres } from '@cloudphone/postgres';
import { connectRedis, createLogStore, whenReady } from '@cloudphone/redis';
import { createMetrics, silentLogger, systemClock } from '@cloudphone/runtime';
import { type NotedAppends, noteAppends } from './noted-appends.ts';

export interface RelayPlace {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly service: string;
}

export interface OpenRelay {
  readonly appends: NotedAppends;
  close(): Promise<void>;
}

const logger = silentLogger;
const CONNECTED_WITHIN_MS = 10_000;

export function openDatabase(url: string): Postgres<EventLogTables> {
  return connectPostgres<EventLogTables>({ url, name: 'bench', logger });
}

/** Through a handle of the writers it is called by their commits; through its own, notified. */
export async function openRelay(
  { redisUrl, service }: RelayPlace,
  postgres: Postgres<EventLogTables>,
): Promise<OpenRelay> {
  const connection = connectRedis({ url: redisUrl, name: 'bench', manner: 'fail-fast', logger });
  await whenReady(connection, CONNECTED_WITHIN_MS);
  const appends = noteAppends(createLogStore({ connection, logger }));
  const shared = { service, logger, metrics: createMetrics(), clock: systemClock };
  const relay = createRelay({ ...shared, postgres, store: appends.store });
  await relay.start();
  return {
    appends,
    close: async () => {
      await relay.close();
      await appends.store.close();
      await connection.close();
    },
  };
}
