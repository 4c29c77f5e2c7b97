import { randomUUID } from 'node:crypto';
import { sql } from '@cloudphone/postgres';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { buildWorld, type Notes, userUpdated, type World } from '../fixtures/world.ts';
import { defineReaction } from '../index.ts';

describe('an event that cannot be handled', () => {
  test('holds up the later ones of its key and nobody else', async () => {
    const { world, tell, broken } = await brokenWorld();
    const [one, other] = [randomUUID(), randomUUID()];
    broken.add('bad');
    await tell(one, 'bad', 'second', 'third');
    await tell(other, 'fine');
    const letters = await until(async () => {
      const found = await world.deadLetters.list({ limit: 10 });
      return found.length === 3 && found;
    });
    expect(letters.map(({ state, attempts, key }) => ({ state, attempts, key }))).toEqual([
      { state: 'parked', attempts: 3, key: `user:${one}` },
      { state: 'held', attempts: 0, key: `user:${one}` },
      { state: 'held', attempts: 0, key: `user:${one}` },
    ]);
    expect(letters[0]?.error).toContain('picky: Error: cannot spell bad');
    await until(async () => (await notes(world)).length === 1);
    expect(await notes(world)).toEqual(['fine']);
    expect(await world.deadLetters.count()).toEqual({ parked: 1, held: 2 });
  });

  test('is told of to operators, once for each letter', async () => {
    const { world, tell, broken } = await brokenWorld();
    const { rows } = await world.startTail();
    broken.add('bad');
    const [eventId] = await tell(randomUUID(), 'bad', 'second');
    const told = await until(() => {
      const found = rows.filter(({ envelope }) => envelope.type === 'system.dead_letter');
      return found.length === 2 && found;
    });
    expect(told[0]?.envelope.data).toMatchObject({ service: 'notes', eventId, attempts: 3 });
    expect(told[0]?.deliveries[0]?.channel).toBe('admin:events:read');
    expect(JSON.stringify(told[0]?.envelope.data)).not.toContain('cannot spell');
  });

  test('replayed → is handled once, then those that it held up, in order', async () => {
    const { world, tell, broken } = await brokenWorld();
    broken.add('bad');
    const id = randomUUID();
    const [eventId = ''] = await tell(id, 'bad', 'second', 'third');
    await letterCount(world, 3);
    broken.clear();
    const judged = await world.deadLetters.judge('replay', { ids: [eventId] }, null);
    expect(judged.accepted).toBe(1);
    expect((await world.deadLetters.judge('replay', { ids: [eventId] }, null)).accepted).toBe(0);
    await letterCount(world, 0);
    await tell(id, 'fourth');
    await until(async () => (await notes(world)).length === 4);
    expect(await notes(world)).toEqual(['bad', 'second', 'third', 'fourth']);
  });

  test('replayed in vain → is parked again, and still holds up its key', async () => {
    const { world, tell, broken } = await brokenWorld();
    broken.add('bad');
    const [eventId = ''] = await tell(randomUUID(), 'bad', 'second');
    await letterCount(world, 2);
    await world.deadLetters.judge('replay', { filter: {} }, null);
    const letter = await until(async () => {
      const found = await world.deadLetters.find(eventId);
      return found?.attempts === 6 && found;
    });
    expect(letter).toMatchObject({ state: 'parked', envelope: { id: eventId } });
    expect(await notes(world)).toEqual([]);
  });

  test('discarded → is never handled, and those that it held up are', async () => {
    const { world, tell, broken } = await brokenWorld();
    broken.add('bad');
    const [eventId = ''] = await tell(randomUUID(), 'bad', 'second', 'worse', 'fourth');
    await letterCount(world, 4);
    broken.add('worse');
    await world.deadLetters.judge('discard', { ids: [eventId] }, null);
    await until(async () => (await notes(world)).length === 1);
    const letters = await until(async () => {
      const found = await world.deadLetters.list({ limit: 10 });
      return found[0]?.state === 'parked' && found;
    });
    expect(letters.map(({ state }) => state)).toEqual(['parked', 'held']);
    expect(await notes(world)).toEqual(['second']);
  });

  test('is released by another process when one ended between two of a key', async () => {
    const { world, tell, broken, follower } = await brokenWorld();
    broken.add('bad');
    await tell(randomUUID(), 'bad', 'second', 'third');
    await letterCount(world, 3);
    await follower.close();
    await sql`delete from parked where state = 'parked'`.execute(world.postgres.db);
    await world.startFollower([picky(broken)]);
    await until(async () => (await notes(world)).length === 2);
    expect(await notes(world)).toEqual(['second', 'third']);
  });

  test('stops being replayed when five processes have ended over it', async () => {
    const { world, tell, broken, follower } = await brokenWorld();
    broken.add('deadly');
    const [eventId = ''] = await tell(randomUUID(), 'deadly');
    await letterCount(world, 1);
    await follower.close();
    await sql`update parked set state = 'replaying', deliveries = 5`.execute(world.postgres.db);
    broken.clear();
    await world.startFollower([picky(broken)]);
    const letter = await until(async () => {
      const found = await world.deadLetters.find(eventId);
      return found?.state === 'parked' && found;
    });
    expect(letter.error).toContain('begun with 5 times');
    expect(await notes(world)).toEqual([]);
  });

  test('is given up when nobody judged it for a month, and not before', async () => {
    const { world, tell, broken, follower } = await brokenWorld();
    broken.add('old').add('new');
    const [old = ''] = await tell(randomUUID(), 'old', 'behind');
    await tell(randomUUID(), 'new');
    await letterCount(world, 3);
    await follower.close();
    await sql`update parked set parked_at = now() - interval '31 days'
      where event_id = ${old}`.execute(world.postgres.db);
    await world.startFollower([picky(broken)]);
    await until(async () => (await notes(world)).length === 1);
    expect(await notes(world)).toEqual(['behind']);
    await letterCount(world, 1);
  });

  test('that is about dead letters is parked in silence: nothing feeds on itself', async () => {
    const world = await freshWorld();
    await world.startRelay();
    const refuseAll = defineReaction<'any', Notes>({
      on: 'any',
      name: 'refuse',
      run: () => Promise.reject(new Error('never')),
    });
    await world.startFollower([refuseAll]);
    await world.writer.write(async () => ({ result: 0, events: [userUpdated()] }));
    await letterCount(world, 2);
    const told = await world.postgres.db
      .selectFrom('outbox')
      .select('type')
      .orderBy('seq')
      .execute();
    expect(told.map(({ type }) => type)).toEqual(['user.updated', 'system.dead_letter']);
  });
});

const picky = (broken: ReadonlySet<string>) =>
  defineReaction<'user.updated', Notes>({
    on: 'user.updated',
    name: 'picky',
    run: async ({ data: { id, name } }, tx) => {
      await tx.insertInto('note').values({ person_id: id, text: name }).execute();
      if (broken.has(name)) throw new Error(`cannot spell ${name}`);
      return [];
    },
  });

/** A follower that fails for each name in `broken`. */
async function brokenWorld() {
  const world = await freshWorld();
  await world.startRelay();
  const broken = new Set<string>();
  const follower = await world.startFollower([picky(broken)]);
  const tell = async (id: string, ...names: string[]): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (const name of names) {
      const event = userUpdated({ id, name });
      ids.push(
        ...(await world.writer.write(async () => ({ result: 0, events: [event] }))).eventIds,
      );
    }
    return ids;
  };
  return { world, follower, broken, tell };
}

async function freshWorld() {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  return buildWorld({ databaseUrl, redisUrl: redis.url, whenDone });
}

async function letterCount({ deadLetters }: World, count: number): Promise<void> {
  await until(async () => (await deadLetters.list({ limit: 100 })).length === count, {
    what: `${count} letters`,
  });
}

async function notes({ postgres }: World): Promise<string[]> {
  const rows = await postgres.db.selectFrom('note').select('text').orderBy('seq').execute();
  return rows.map((row) => row.text);
}
