import { randomUUID } from 'node:crypto';
import { createWriter } from '@cloudphone/event-log';
import { ensureDatabase, migrate } from '@cloudphone/postgres';
import { type StoredLogRow, whenReady } from '@cloudphone/redis';
import { pause, systemClock } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { expect, test } from 'vitest';
import { entryEvent } from './entry-event.ts';
import { ledgerMigrations } from './ledger-tables.ts';
import { buildProgram } from './program.ts';
import { openEnds, SECONDS } from './settings.ts';

const WRITERS = 8;
const RELAYS = 4;
/** On a busy machine it goes on until it was as much; some transactions are rolled back. */
const FEWEST_KILLS = SECONDS / 2;
const FEWEST_EVENTS = SECONDS * 10;
const KEYS = Array.from({ length: 12 }, () => randomUUID());

test(`eight writers, four relays that are killed at random (${SECONDS} s): nothing is lost, nothing out of order for its key, nothing twice`, {
  timeout: (SECONDS + 300) * 1_000,
}, async () => {
  const world = await openWorld();
  const kills = await world.underKills(async (isOver) => {
    await Promise.all(Array.from({ length: WRITERS }, () => writeUntil(world, isOver)));
  });
  const committed = await world.committed();
  const rows = await until(
    async () => {
      const found = await world.rows();
      return new Set(found.map(({ id }) => id)).size >= committed.length && found;
    },
    { what: `${committed.length} events in the log`, timeoutMs: 120_000, everyMs: 200 },
  );
  console.log(`${committed.length} events, ${kills} relays killed, ${rows.length} rows`);
  expect(kills).toBeGreaterThanOrEqual(FEWEST_KILLS);
  expect(committed.length).toBeGreaterThanOrEqual(FEWEST_EVENTS);
  expect(rows).toHaveLength(committed.length);
  for (const key of KEYS) {
    const told = rows.filter((row) => row.tags[0] === `user:${key}`).map(numberOf);
    expect(told).toEqual(committed.filter((row) => row.key === key).map(({ number }) => number));
  }
});

const numberOf = ({ json }: StoredLogRow): number => JSON.parse(json).envelope.entityversion;

type World = Awaited<ReturnType<typeof openWorld>>;

let nextNumber = 1;

/** Transactions that overlap, of one to three keys each, some of them rolled back. */
async function writeUntil({ writer }: World, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const keys = KEYS.filter(() => Math.random() < 0.15).slice(0, 3);
    const [first = KEYS[0] ?? '', ...others] = keys;
    const entries = [first, ...others].map((key) => ({ key, number: nextNumber++ }));
    const isRolledBack = Math.random() < 0.05;
    const writing = writer.write(async (tx) => {
      await tx.insertInto('entry').values(entries).execute();
      await pause(systemClock, Math.random() * 10);
      if (isRolledBack) throw new Error('rolled back');
      const [event, ...more] = entries.map(({ key, number }) => entryEvent(key, number));
      if (event === undefined) throw new Error('no entry');
      return { result: undefined, events: [event, ...more] };
    });
    await writing.catch((err: Error) => {
      if (err.message !== 'rolled back') throw err;
    });
  }
}

async function openWorld() {
  const redis = await testRedis();
  const addresses = { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url };
  await ensureDatabase(addresses.databaseUrl);
  const ends = openEnds(addresses);
  whenDone(ends.close);
  await migrate(ends.postgres, ledgerMigrations);
  await whenReady(ends.connection, 5_000);
  const writer = createWriter({ ...ends.shared, postgres: ends.postgres });
  const environment = { DATABASE_URL: addresses.databaseUrl, REDIS_URL: addresses.redisUrl };
  const relayProgram = await buildProgram('relay-program', environment);

  return {
    writer,
    /** Runs with four relays, one of which is killed again and again; resolves with how often. */
    underKills: async (run: (isOver: () => boolean) => Promise<void>): Promise<number> => {
      const relays = Array.from({ length: RELAYS }, () => relayProgram.start());
      const endMs = performance.now() + SECONDS * 1_000;
      let kills = 0;
      const isOver = () =>
        performance.now() > endMs && kills >= FEWEST_KILLS && nextNumber > 1.3 * FEWEST_EVENTS;
      const running = run(isOver);
      while (!isOver()) {
        await pause(systemClock, 100 + Math.random() * 400);
        const victim = Math.floor(Math.random() * RELAYS);
        await relays[victim]?.kill();
        kills += 1;
        relays[victim] = relayProgram.start();
      }
      await running;
      return kills;
    },
    committed: () =>
      ends.postgres.db.selectFrom('committed').select(['key', 'number']).orderBy('seq').execute(),
    rows: async () => {
      const rows: StoredLogRow[] = [];
      for (;;) {
        const more = await ends.store.readAfter(rows.at(-1)?.seq ?? 0, { count: 1_000 });
        if (more.length === 0) return rows;
        rows.push(...more);
      }
    },
  };
}
