import { randomUUID } from 'node:crypto';
import type { Person } from '@cloudphone/contracts';
import { upstreamUnavailable } from '@cloudphone/errors';
import { sql } from '@cloudphone/postgres';
import { continueTrace, runInRequestContext, systemClock, traceIdOf } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { buildWorld, type Notes, userUpdated, type World } from '../fixtures/world.ts';
import { defineReaction } from '../index.ts';
import type { Session } from '../leadership.ts';
import { decodeLogRow } from '../log-row.ts';
import { ReplacedError, takeGroup } from './follower-table.ts';
import { handleRow } from './handle-row.ts';

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
    await until(async () => (await notes(world)).length >= 120, {
      timeoutMs: 10_000,
      what: 'every note',
    });
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
      row,
      reactions: [copyName],
      tellRelay: () => {},
    };
    await expect(handleRow(work, new AbortController().signal)).rejects.toThrow(ReplacedError);
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
    const parked = await world.postgres.db.selectFrom('parked').selectAll().execute();
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

  test('parks an event that has ended five processes before it is begun with again', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const id = await tell(world, { name: 'deadly' });
    const { epoch } = await until(() => world.store.read());
    await world.postgres.db
      .insertInto('follower')
      .values({ follower_group: 'notes', epoch, delivering_id: id, deliveries: 5 })
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

async function tellMany(world: World, count: number): Promise<void> {
  const id = randomUUID();
  for (let i = 0; i < count; i++) await tell(world, { id, name: `${i}` });
}

async function notes({ postgres }: World): Promise<string[]> {
  const rows = await postgres.db.selectFrom('note').select('text').orderBy('seq').execute();
  return rows.map((row) => row.text);
}
