import { randomUUID } from 'node:crypto';
import { createDeadLetters, createRelay, createWriter } from '@cloudphone/event-log';
import { ensureDatabase, migrate } from '@cloudphone/postgres';
import { whenReady } from '@cloudphone/redis';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { expect, test } from 'vitest';
import { entryEvent } from './entry-event.ts';
import { ledgerMigrations } from './ledger-tables.ts';
import { buildProgram } from './program.ts';
import { openEnds } from './settings.ts';

const EVENTS = 1_000;
const POISON = 300;
const DEADLY = 607;
const KEYS = Array.from({ length: 20 }, () => randomUUID());
const keyOf = (number: number) => KEYS[number % KEYS.length] ?? '';

test('one bad event and one that ends its process among a thousand → both are parked, the second after five deliveries; the others are handled, and these after a replay, once, in the order of their keys', {
  timeout: 420_000,
}, async () => {
  const { ends, writer, letters, environment } = await openWorld();
  for (let number = 1; number <= EVENTS; number += 50) {
    const numbers = Array.from({ length: 50 }, (_, index) => number + index);
    const [first, ...more] = numbers.map((n) => entryEvent(keyOf(n), n));
    if (first) await writer.write(async () => ({ result: 0, events: [first, ...more] }));
  }
  const program = await buildProgram('follower-program', environment);
  let follower = program.start();
  let deaths = 0;
  await until(
    async () => {
      if (follower.isOver) {
        deaths += 1;
        follower = program.start();
      }
      const { parked } = await letters.count();
      return parked === 2 && (await heardNumbers()).length === EVENTS - (await held());
    },
    { what: 'both to be parked', timeoutMs: 300_000, everyMs: 50 },
  );
  expect(deaths).toBe(5);
  const parked = await letters.list({ limit: 10, state: 'parked' });
  expect(parked.map(({ attempts, key }) => ({ attempts, key }))).toEqual([
    { attempts: 3, key: `user:${keyOf(POISON)}` },
    { attempts: 5, key: `user:${keyOf(DEADLY)}` },
  ]);
  const behind = (bad: number) => Math.floor((EVENTS - bad) / KEYS.length);
  expect(await held()).toBe(2 + behind(POISON) + behind(DEADLY));

  await ends.postgres.db
    .insertInto('repaired')
    .values([{ number: POISON }, { number: DEADLY }])
    .execute();
  await letters.judge('replay', { filter: {} }, null);
  await until(async () => (await heardNumbers()).length === EVENTS, { timeoutMs: 60_000 });
  const rows = await ends.postgres.db.selectFrom('heard').selectAll().orderBy('seq').execute();
  for (const key of KEYS) {
    const numbers = rows.filter((row) => row.key === key).map(({ number }) => number);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(EVENTS / KEYS.length);
  }

  async function heardNumbers() {
    return await ends.postgres.db.selectFrom('heard').select('number').execute();
  }

  async function held() {
    const counts = await letters.count();
    return counts.parked + counts.held;
  }
});

async function openWorld() {
  const redis = await testRedis();
  const addresses = { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url };
  await ensureDatabase(addresses.databaseUrl);
  const ends = openEnds(addresses);
  whenDone(ends.close);
  await migrate(ends.postgres, ledgerMigrations);
  await whenReady(ends.connection, 5_000);
  const { shared, postgres, store } = ends;
  const writer = createWriter({ ...shared, postgres });
  const relay = createRelay({ ...shared, postgres, store });
  whenDone(() => relay.close());
  await relay.start();
  return {
    ends,
    writer,
    letters: createDeadLetters({ ...shared, postgres, writer, group: 'ledger' }),
    environment: {
      DATABASE_URL: addresses.databaseUrl,
      REDIS_URL: addresses.redisUrl,
      POISON: String(POISON),
      DEADLY: String(DEADLY),
    },
  };
}
