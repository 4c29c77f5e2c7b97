import { randomUUID } from 'node:crypto';
import type { EventEnvelope, Person } from '@cloudphone/contracts';
import { upstreamUnavailable } from '@cloudphone/errors';
import { sql } from '@cloudphone/postgres';
import {
  continueTrace,
  pause,
  runInRequestContext,
  systemClock,
  traceIdOf,
} from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { openWay } from '../fixtures/open-way.ts';
import { buildWorld, type Notes, userUpdated, type World } from '../fixtures/world.ts';
import { defineReaction, encodeLogRow } from '../index.ts';
import type { Session } from '../leadership.ts';
import { decodeLogRow } from '../log-row.ts';
import { ReplacedError, takeGroup } from './follower-table.ts';
import { handleRow } from './handle-row.ts';
import { createLanes } from './lanes.ts';
import { indexReactions } from './reaction.ts';

const FOLLOWER_LOCK = 'event-log follower notes';

/** Keeps a copy of what it heard, and says so: as services do with fields of others. */
const copyName = defineReaction({
  on: 'user.updated',
  name: 'copy-name',
  run: async ({ data }, tx: Parameters<Parameters<World['writer']['write']>[0]>[0]) => {
    await tx.insertInto('note').values({ person_id: data.id, text: data.name }).execute();
    return [{ type: 'user.status_changed', data }];
  },
});

const namesBob = ({ type, data }: EventEnvelope) => type === 'user.updated' && data.name === 'Bob';

/**
 * Longer than an event that fails by itself is tried, unless told: a minute is
 * `POSTGRES_AWAY_SECONDS=60 npx vitest run shared/event-log/src/follower -t "PostgreSQL is away"`.
 */
const AWAY_MS = Number(process.env.POSTGRES_AWAY_SECONDS ?? '1.5') * 1_000;

describe('a follower', () => {
  test('changes its rows and tells of it in one transaction, once for each event', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const { rows } = await world.startTail();
    const follower = await world.startFollower([copyName]);
    const traceparent = continueTrace(undefined);
    await runInRequestContext({ traceparent }, () => tell(world, { name: 'Ada' }));
    await until(() => rows.length === 2, { what: 'both events' });
    expect(rows.map(({ envelope }) => envelope.type)).toEqual([
      'user.updated',
      'user.status_changed',
    ]);
    for (const { envelope } of rows) {
      expect(traceIdOf(envelope.traceparent ?? '')).toBe(traceIdOf(traceparent));
    }
    expect(await notes(world)).toEqual(['Ada']);
    await until(() => follower.position?.seq === 2);
  });

  test('redelivers nothing of a log that begins anew, and misses nothing of it', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const { rows } = await world.startTail();
    await world.startFollower([copyName]);
    await tell(world, { name: 'one' });
    await until(() => rows.length === 2);
    await world.client.flushall();
    await tell(world, { name: 'two' });
    await until(async () => (await notes(world)).length === 2, { what: 'the second note' });
    await until(() => rows.length === 6, { what: 'two replays and two more' });
    expect(await notes(world)).toEqual(['one', 'two']);
  });

  test('changes nothing for an event that it is given twice', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const first = await world.startFollower([copyName]);
    await tell(world, { name: 'one' });
    await until(() => first.position?.seq === 2);
    await first.close();
    await sql`update follower set seq = 0`.execute(world.postgres.db);
    const again = await world.startFollower([copyName]);
    await until(() => again.position?.seq === 2);
    expect(await notes(world)).toEqual(['one']);
  });

  test('goes on in another instance when one is ended half-way, over and over', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    await Promise.all([world.startFollower([copyName]), world.startFollower([copyName])]);
    const telling = tellMany(world, 120);
    for (let round = 1; round <= 3; round++) {
      await until(async () => (await notes(world)).length >= round * 20, {
        what: `round ${round}`,
      });
      await until(async () => (await world.endLeader(FOLLOWER_LOCK)) > 0, { what: 'a leader' });
    }
    await telling;
    await until(async () => (await notes(world)).length >= 120, { what: 'every note' });
    expect(await notes(world)).toEqual(Array.from({ length: 120 }, (_, i) => `${i}`));
    const { rows } = await sql<{ told: number }>`
      select count(*) as told from outbox where type = 'user.status_changed'`.execute(
      world.postgres.db,
    );
    expect(rows[0]?.told).toBe(120);
  });

  test('commits nothing once another instance has taken the group', async () => {
    const { world } = await freshWorld();
    const tables = world.postgres.db as unknown as Session;
    const { holder } = await takeGroup(tables, 'notes');
    await takeGroup(tables, 'notes');
    await tell(world, { name: 'late' });
    await world.startRelay();
    const [stored] = await until(async () => {
      const found = await world.store.readAfter(0, { count: 1 });
      return found.length > 0 && found;
    });
    const row = decodeLogRow(stored!, 'an epoch');
    const { postgres } = world;
    const work = {
      postgres,
      service: 'notes',
      clock: systemClock,
      holder,
      reactionsTo: indexReactions([copyName]),
      step: createLanes(1).step,
      tellRelay: () => {},
      signal: new AbortController().signal,
    };
    await expect(handleRow(work, row)).rejects.toThrow(ReplacedError);
    expect(await notes(world)).toEqual([]);
  });

  test('parks an event that fails three times by itself, and goes on with the next', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const picky = reaction(async ({ id, name }, tx) => {
      await tx.insertInto('note').values({ person_id: id, text: name }).execute();
      if (name === 'bad') throw new Error('cannot spell that');
    });
    await world.startFollower([picky]);
    const bad = await tell(world, { name: 'bad' });
    await tell(world, { name: 'good' });
    await until(async () => (await notes(world)).length === 1, { what: 'the good one' });
    expect(await notes(world)).toEqual(['good']);
    const parked = await until(async () => {
      const found = await world.postgres.db.selectFrom('parked').selectAll().execute();
      return found.length > 0 && found;
    });
    expect(parked).toMatchObject([
      { event_id: bad, type: 'user.updated', attempts: 3, follower_group: 'notes' },
    ]);
    expect(parked[0]?.error).toContain('react: Error: cannot spell that');
  });

  test('stands still, and parks nothing, while what it needs is away', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    let failures = 0;
    let isAway = true;
    const needy = reaction(async ({ id, name }, tx) => {
      if (isAway && ++failures > 0) throw upstreamUnavailable('device', 'no answer');
      await tx.insertInto('note').values({ person_id: id, text: name }).execute();
    });
    await world.startFollower([needy]);
    await tellMany(world, 2);
    await until(() => failures > 4, { what: 'more failures than an event has attempts' });
    isAway = false;
    await until(async () => (await notes(world)).length === 2);
    expect(await notes(world)).toEqual(['0', '1']);
    expect(await world.postgres.db.selectFrom('parked').selectAll().execute()).toEqual([]);
  });

  test(
    'parks nothing while PostgreSQL is away, and misses nothing afterwards',
    async () => {
      const { world } = await freshWorld();
      await world.startRelay();
      const way = await openWay(world.databaseUrl, whenDone);
      let attempts = 0;
      const counted = reaction(async ({ id, name }, tx) => {
        attempts += 1;
        await tx.insertInto('note').values({ person_id: id, text: name }).execute();
      });
      const follower = await world.startFollower([counted], { url: way.url });
      const id = randomUUID();
      const telling = tellMany(world, 60, { id });
      await until(async () => (await notes(world)).length >= 20, { what: 'the first notes' });
      way.cut();
      await telling;
      await tellMany(world, 90, { id, from: 60 });
      await pause(systemClock, AWAY_MS);
      expect(await notes(world)).not.toHaveLength(150);
      way.mend();
      await until(async () => (await notes(world)).length === 150);
      expect(await notes(world)).toEqual([...Array(150).keys()].map(String));
      expect(await world.deadLetters.count()).toEqual({ parked: 0, held: 0 });
      expect(attempts).toBeGreaterThanOrEqual(150);
      await follower.close();
    },
    AWAY_MS + 90_000,
  );

  test('hears of every event when it reacts to any, also of types that nobody registered', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const audit = defineReaction<'any', Notes>({
      on: 'any',
      name: 'audit',
      run: async ({ envelope }, tx) => {
        const person_id = String(envelope.data.id);
        await tx.insertInto('note').values({ person_id, text: envelope.type }).execute();
        return [];
      },
    });
    await world.startFollower([audit, copyName]);
    const id = await tell(world, { name: 'Ada' });
    const envelope = { ...JSON.parse((await row(world, id)).json).envelope };
    const unknown = { ...envelope, id: randomUUID(), type: 'media.scanned' };
    await world.store.append([{ id: unknown.id, tags: [], json: encodeLogRow(unknown) }]);
    await until(async () => (await notes(world)).length === 4, { what: 'all notes' });
    const noted = await notes(world);
    // Keys have lanes of their own: what is of another key may come at any place.
    expect(noted.filter((text) => text !== 'media.scanned')).toEqual([
      'user.updated',
      'Ada',
      'user.status_changed',
    ]);
    expect(noted).toContain('media.scanned');
  });

  test('writes nothing down about events that its reactions are not concerned with', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const onlyBob = { ...copyName, concerns: namesBob };
    const follower = await world.startFollower([onlyBob]);
    for (const name of ['Ada', 'Bob', 'Eve']) await tell(world, { name });
    await until(() => follower.position?.seq === 4);
    expect(await notes(world)).toEqual(['Bob']);
    const { length } = await world.postgres.db.selectFrom('inbox').selectAll().execute();
    expect(length).toBe(1);
  });

  test('keeps other keys moving while one is slow, and what comes of both', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    let goOn = () => {};
    const slowOne = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow = reaction(async ({ id, name }, tx) => {
      if (name === 'slow') await slowOne;
      await tx.insertInto('note').values({ person_id: id, text: name }).execute();
    });
    const follower = await world.startFollower([slow]);
    const id = randomUUID();
    for (const name of ['slow', 'after']) await tell(world, { id, name });
    await tellMany(world, 30);
    await until(async () => (await notes(world)).length === 30, { what: 'the others' });
    expect(follower.position?.seq).toBe(0);
    goOn();
    await until(() => follower.position?.seq === 32, { what: 'the slow one' });
    expect(await notes(world)).toEqual([...Array(30).keys(), 'slow', 'after'].map(String));
  });

  test('parks an event that has ended five processes before it is begun with again', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const id = await tell(world, { name: 'deadly' });
    const { epoch } = await until(() => world.store.read());
    await world.postgres.db
      .insertInto('follower')
      .values({ follower_group: 'notes', epoch, begun_seq: 1, delivering_id: id, deliveries: 5 })
      .execute();
    await world.startFollower([copyName]);
    const parked = await until(async () => {
      const found = await world.postgres.db.selectFrom('parked').selectAll().execute();
      return found.length > 0 && found;
    });
    expect(parked).toMatchObject([{ event_id: id, attempts: 5 }]);
    expect(await notes(world)).toEqual([]);
  });

  test('waits out a Redis that is away', async () => {
    const { world, redis } = await freshWorld();
    await world.startRelay();
    await world.startFollower([copyName]);
    await tell(world, { name: 'before' });
    await until(async () => (await notes(world)).length === 1);
    await redis.kill();
    await tell(world, { name: 'during' });
    await redis.restart({ keepData: true });
    await until(async () => (await notes(world)).length === 2, { what: 'the second note' });
    expect(await notes(world)).toEqual(['before', 'during']);
  });
});

test('a log that is lost while its first rows are on their way → its successor is followed from its own first row', async () => {
  const { world } = await freshWorld();
  const relay = await world.startRelay();
  await tell(world, { name: 'model' });
  const [model] = await until(async () => {
    const stored = await world.store.readAfter(0, { count: 1 });
    return stored.length === 1 && stored;
  });
  await relay.close();
  const append = (...names: string[]) =>
    world.store.append(
      names.map((name) => {
        const row = JSON.parse(model?.json ?? '{}');
        const data = { ...row.envelope.data, id: randomUUID(), name };
        const id = randomUUID();
        return {
          id,
          tags: ['users'],
          json: JSON.stringify({ ...row, envelope: { ...row.envelope, id, data } }),
        };
      }),
    );
  let isLost = false;
  const follower = await world.startFollower([copyName], {
    reader: {
      readAfter: async (...asked) => {
        const rows = await world.store.readAfter(...asked);
        if (isLost) return rows;
        isLost = true;
        await world.client.flushall();
        await append('one', 'two', 'three');
        return rows;
      },
    },
  });
  await until(async () => (await notes(world)).length >= 3);
  expect((await notes(world)).sort()).toEqual(['one', 'three', 'two']);
  await until(() => follower.position?.seq === 3);
});

function reaction(run: (data: Person, tx: Parameters<typeof copyName.run>[1]) => Promise<void>) {
  return defineReaction<'user.updated', Notes>({
    on: 'user.updated',
    name: 'react',
    run: async ({ data }, tx) => {
      await run(data, tx);
      return [];
    },
  });
}

async function freshWorld() {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  return { redis, world: await buildWorld({ databaseUrl, redisUrl: redis.url, whenDone }) };
}

async function tell({ writer }: World, changes: Partial<Person>): Promise<string> {
  const { eventIds } = await writer.write(async () => ({
    result: 0,
    events: [userUpdated(changes)],
  }));
  return eventIds[0] ?? '';
}

async function tellMany(
  world: World,
  count: number,
  { id = randomUUID() as string, from = 0 } = {},
): Promise<void> {
  for (let i = from; i < from + count; i++) await tell(world, { id, name: `${i}` });
}

async function row({ store }: World, id: string) {
  return await until(async () =>
    (await store.readAfter(0, { count: 10 })).find((r) => r.id === id),
  );
}

async function notes({ postgres }: World): Promise<string[]> {
  const rows = await postgres.db.selectFrom('note').select('text').orderBy('seq').execute();
  return rows.map((row) => row.text);
}
