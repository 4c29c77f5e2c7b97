import type { Platform } from '@cloudphone/deploy';
import { connectPostgres, type Kysely } from '@cloudphone/postgres';
import { silentLogger } from '@cloudphone/runtime';

/** Asks a service's own database: for what no API shows, or to let time have passed. */
export async function askDatabase<Result>(
  platform: Platform,
  service: string,
  ask: (db: Kysely<unknown>) => Promise<Result>,
): Promise<Result> {
  const postgres = connectPostgres<unknown>({
    url: new URL(`/cloudphone_${service}`, platform.postgres.url).href,
    name: 'journey',
    logger: silentLogger,
    poolSize: 1,
  });
  try {
    return await ask(postgres.db);
  } finally {
    await postgres.close();
  }
}
