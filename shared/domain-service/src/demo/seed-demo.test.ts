import type { EventLogTables } from '@cloudphone/event-log';
import { connectPostgres, ensureDatabase, migrate, sql } from '@cloudphone/postgres';
import { createManualClock, silentLogger } from '@cloudphone/runtime';
import { testPostgres, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import type { DemoSeeding, DomainService } from '../service-definition.ts';
import { demoSeedMigration, endEpochAfterGrowth, seedDemo } from './seed-demo.ts';

interface Tables extends EventLogTables {
  seeded: { person: number };
}

describe('demo data', () => {
  test('is written once for each person, however often and by however many the service starts', async () => {
    const { seed, people } = await seededDatabase();
    await Promise.all([seed(3), seed(3)]);
    await seed(3);
    await seed(5);
    expect(await people()).toEqual([1, 2, 3, 4, 5]);
  });

  test('of many people is written slice by slice, each of them once', async () => {
    const slices: number[] = [];
    const { seed, people } = await seededDatabase((seeding) => slices.push(seeding.people));
    await seed(3);
    await seed(1_203);
    expect(await people()).toEqual(Array.from({ length: 1_203 }, (_, at) => at + 1));
    expect(slices).toEqual([3, 503, 1_003, 1_203]);
  });

  test('is written in full or not at all', async () => {
    const { seed, people } = await seededDatabase((seeding) => {
      if (seeding.people === 4) throw new Error('stopped half-way');
    });
    await expect(seed(4)).rejects.toThrow('stopped half-way');
    expect(await people()).toEqual([]);
    await seed(2);
    expect(await people()).toEqual([1, 2]);
  });

  test('of a new database drops no cached view; there cannot be one', async () => {
    const { seed, epochsEnded } = await seededDatabase();
    await seed(2);
    expect(await epochsEnded()).toBe(0);
  });

  test('added to a database that was served from drops every cached view, once, also after a failure', async () => {
    const { seed, postgres, epochsEnded } = await seededDatabase();
    await seed(0);
    await seed(2);
    const away = endEpochAfterGrowth(postgres, () => Promise.reject(new Error('redis is away')));
    await expect(away).rejects.toThrow('redis is away');
    expect(await epochsEnded()).toBe(1);
    expect(await epochsEnded()).toBe(0);
  });
});

async function seededDatabase(interrupt: (seeding: DemoSeeding) => unknown = () => {}) {
  const url = await testPostgres().freshDatabase();
  await ensureDatabase(url);
  const postgres = connectPostgres<Tables>({ url, name: 'seed-demo', logger: silentLogger });
  whenDone(() => postgres.close());
  await migrate(postgres, [
    demoSeedMigration,
    {
      name: '100-seeded',
      up: async (db) => void (await sql`create table seeded (person integer)`.execute(db)),
    },
  ]);
  const service: DomainService<Tables> = {
    name: 'user',
    migrations: [],
    routes: () => [],
    seed: async (db, seeding) => {
      const { firstPerson, people } = seeding;
      await sql`insert into seeded select generate_series(${firstPerson}::int, ${people}::int)`.execute(
        db,
      );
      interrupt(seeding);
    },
  };
  const clock = createManualClock();
  return {
    postgres,
    seed: (people: number) => seedDemo(postgres, service, { people, clock, logger: silentLogger }),
    people: async () => {
      const rows = await postgres.db.selectFrom('seeded').selectAll().orderBy('person').execute();
      return rows.map(({ person }) => person);
    },
    epochsEnded: async () => {
      let ended = 0;
      await endEpochAfterGrowth(postgres, async () => {
        ended++;
      });
      return ended;
    },
  };
}
