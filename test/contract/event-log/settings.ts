import { connectPostgres, type Postgres } from '@cloudphone/postgres';
import { connectRedis, createLogStore } from '@cloudphone/redis';
import { createMetrics, silentLogger, systemClock } from '@cloudphone/runtime';
import type { LedgerTables } from './ledger-tables.ts';

/** How long the long tests go on: `EVENT_LOG_SECONDS=300 npx vitest run test/contract/event-log`. */
export const SECONDS = Number(process.env.EVENT_LOG_SECONDS ?? '4');

/** What a service's end of the log is made of, from a program's or a test's addresses. */
export function openEnds(addresses: { readonly databaseUrl: string; readonly redisUrl: string }) {
  const logger = silentLogger;
  const postgres: Postgres<LedgerTables> = connectPostgres({
    url: addresses.databaseUrl,
    name: 'ledger',
    poolSize: 16,
    logger,
  });
  const connection = connectRedis({
    url: addresses.redisUrl,
    name: 'ledger',
    manner: 'fail-fast',
    logger,
  });
  const store = createLogStore({ connection, logger });
  const shared = {
    logger,
    metrics: createMetrics(),
    clock: systemClock,
    service: 'ledger',
  };
  return {
    shared,
    postgres,
    connection,
    store,
    close: async () => {
      await store.close();
      await connection.close();
      await postgres.close();
    },
  };
}
