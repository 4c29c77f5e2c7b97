import type { EventLogTables } from '@cloudphone/event-log';
import { type Kysely, type Migration, type Postgres, sql } from '@cloudphone/postgres';
import type { Clock, Logger } from '@cloudphone/runtime';
import type { DomainService } from '../service-definition.ts';

interface DemoTables {
  demo_seed: { singleton: boolean; people: number; must_end_epoch: boolean };
}

const PEOPLE_AT_A_TIME = 500;

/** One row: how many demo people this database holds, and whether cached views must still go. */
export const demoSeedMigration: Migration = {
  name: '050-demo-seed',
  up: async (db) => {
    await sql`
      create table demo_seed (
        singleton boolean primary key default true check (singleton),
        people integer not null,
        must_end_epoch boolean not null
      )`.execute(db);
  },
};

/**
 * Brings the demo data up to `people`, once for each person, in one transaction; replicas that
 * start together wait for the first.
 *
 * Seeded rows have no events. In a new database nothing was ever served, so nothing can be cached
 * that they change. When a database that has been served from grows, every cached view may be
 * wrong, and `endEpochAfterGrowth` drops them all.
 */
export async function seedDemo<Schema extends EventLogTables>(
  postgres: Postgres<Schema>,
  service: DomainService<Schema>,
  options: { readonly people: number; readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  const { people, clock, logger } = options;
  const startedMs = clock.monotonicMs();
  const nowMs = clock.now();
  await postgres.db.transaction().execute(async (tx) => {
    const demo = tx as unknown as Kysely<DemoTables>;
    const created = await demo
      .insertInto('demo_seed')
      .values({ singleton: true, people: 0, must_end_epoch: false })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    const present = await demo
      .selectFrom('demo_seed')
      .select('people')
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (present.people >= people || service.seed === undefined) return;
    for (const slice of slicesOf(present.people + 1, people)) {
      await service.seed(tx, { ...slice, nowMs });
      const seeding = { of: 'people', done: slice.people, total: people };
      logger.info({ seeding }, 'demo data grows');
    }
    const isNew = created.numInsertedOrUpdatedRows === 1n;
    await demo.updateTable('demo_seed').set({ people, must_end_epoch: !isNew }).execute();
    logger.info({ people, tookMs: clock.monotonicMs() - startedMs }, 'demo data is in place');
  });
}

/** Few people at a time: that bounds memory, and lets whoever waits see how far it is. */
function* slicesOf(firstPerson: number, people: number) {
  for (let first = firstPerson; first <= people; first += PEOPLE_AT_A_TIME) {
    yield { firstPerson: first, people: Math.min(people, first + PEOPLE_AT_A_TIME - 1) };
  }
}

/**
 * Ends the log's epoch when demo data was added to a database that had been served from; until
 * Redis is there to do it, the wish stays in the database. Safe to repeat.
 */
export async function endEpochAfterGrowth<Schema extends EventLogTables>(
  postgres: Postgres<Schema>,
  rotateEpoch: () => Promise<unknown>,
): Promise<void> {
  const demo = postgres.db as unknown as Kysely<DemoTables>;
  const due = await demo
    .selectFrom('demo_seed')
    .select('people')
    .where('must_end_epoch', '=', true)
    .executeTakeFirst();
  if (due === undefined) return;
  await rotateEpoch();
  await demo
    .updateTable('demo_seed')
    .set({ must_end_epoch: false })
    .where('people', '=', due.people)
    .execute();
}
