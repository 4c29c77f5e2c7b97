import { upstreamUnavailable } from '@cloudphone/errors';
import { type Postgres, sql } from '@cloudphone/postgres';
import { type Clock, pause } from '@cloudphone/runtime';
import { notificationMigrations } from './migrations.ts';
import type { NotificationTables } from './schema.ts';

const PATIENCE_MS = 60_000;

/** The service migrates; a worker that is up sooner waits until its last migration has run. */
export async function waitForTables(
  postgres: Postgres<NotificationTables>,
  clock: Clock,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
  const last = notificationMigrations.at(-1)?.name ?? '';
  while (!(await hasRun(postgres, last))) {
    if (clock.monotonicMs() > deadlineMs) {
      throw upstreamUnavailable('postgres', `migration ${last} did not come`);
    }
    await pause(clock, 200);
  }
}

async function hasRun(postgres: Postgres<NotificationTables>, name: string): Promise<boolean> {
  const table = await sql<{ found: string | null }>`
    select to_regclass('migration')::text as found`.execute(postgres.db);
  if (table.rows[0]?.found == null) return false;
  const migration = await sql`select 1 from migration where name = ${name}`.execute(postgres.db);
  return migration.rows.length > 0;
}
