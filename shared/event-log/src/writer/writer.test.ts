import { randomUUID } from 'node:crypto';
import { sql } from '@cloudphone/postgres';
import { runInRequestContext } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { buildWorld, userUpdated, versionsOf, type World } from '../fixtures/world.ts';
import { unchanged } from '../index.ts';

describe('a write', () => {
  test('is told to everybody once it is committed, in the order of its events', async () => {
    const world = await freshWorld();
    await world.startRelay();
    const { tail, rows } = await world.startTail();
    const person = randomUUID();
    const { result, eventIds } = await world.writer.write(async (tx) => {
      await tx.insertInto('note').values({ person_id: person, text: 'one' }).execute();
      const at = (version: number) => userUpdated({ id: person, version });
      return { result: 'done', events: [at(1), at(2), at(3)] };
    });
    expect(result).toBe('done');
    const position = await tail.waitForEvent(eventIds[2] ?? '', 30_000);
    expect(position).toEqual(tail.applied);
    expect(rows.map((row) => row.envelope.id)).toEqual(eventIds);
    expect(versionsOf(rows)).toEqual([1, 2, 3]);
    expect(rows[0]?.tags).toEqual([`user:${person}`, 'users']);
    expect(rows[0]?.deliveries.map(({ channel }) => channel)).toContain(`user:${person}`);
    expect(rows[0]?.envelope.source).toBe('/services/notes');
  });

  test('that is rolled back is told to nobody', async () => {
    const world = await freshWorld();
    await world.startRelay();
    const { tail, rows } = await world.startTail();
    const refused = world.writer.write(async (tx) => {
      await tx.insertInto('note').values({ person_id: randomUUID(), text: 'x' }).execute();
      // The second event does not fit its schema: found out after the first was enveloped.
      return { result: 1, events: [userUpdated(), userUpdated({ email: 'none' })] };
    });
    await expect(refused).rejects.toThrow('email');
    const { eventIds } = await world.writer.write(async () => ({
      result: 2,
      events: [userUpdated({ version: 7 })],
    }));
    await tail.waitForEvent(eventIds[0] ?? '', 30_000);
    expect(versionsOf(rows)).toEqual([7]);
    expect(await world.postgres.db.selectFrom('note').selectAll().execute()).toEqual([]);
  });

  test('that changed nothing says so, and tells nothing', async () => {
    const world = await freshWorld();
    const answer = await world.writer.write(async () => unchanged('as before'));
    expect(answer).toEqual({ result: 'as before', eventIds: [] });
    expect(await world.postgres.db.selectFrom('outbox').selectAll().execute()).toEqual([]);
  });

  test('carries the trace of the request that caused it', async () => {
    const world = await freshWorld();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await runInRequestContext({ traceparent }, () =>
      world.writer.write(async () => ({ result: 0, events: [userUpdated()] })),
    );
    await world.startRelay();
    const [row] = await until(async () => {
      const found = await world.store.readAfter(0, { count: 1 });
      return found.length > 0 && found;
    });
    expect(JSON.parse(row?.json ?? '')).toMatchObject({ envelope: { traceparent } });
  });

  test('keeps the order of commits for a key under eight writers, and loses nothing', async () => {
    const world = await freshWorld();
    const commits = await noteCommits(world);
    await world.startRelay();
    const { rows } = await world.startTail();
    const people = Array.from({ length: 3 }, () => randomUUID());
    const writes = 240;
    let next = 0;
    const writeOn = async (): Promise<void> => {
      for (let i = next++; i < writes; i = next++) {
        const id = people[i % people.length] ?? '';
        await world.writer.write(async (tx) => {
          await tx
            .insertInto('note')
            .values({ person_id: id, text: `${i}` })
            .execute();
          return { result: i, events: [userUpdated({ id, version: i })] };
        });
      }
    };
    await Promise.all(Array.from({ length: 8 }, writeOn));
    await until(() => rows.length >= writes, { what: 'every event' });
    const committed = await commits();
    for (const id of people) {
      const told = versionsOf(rows.filter(({ envelope }) => envelope.data.id === id));
      expect(told).toEqual(
        committed.filter(({ person }) => person === id).map(({ text }) => +text),
      );
      expect(told).toHaveLength(writes / people.length);
    }
  });
});

/**
 * Makes each commit take a while and note itself at its end, so that transactions which publish one
 * after the other would commit in another order if nothing kept them from it.
 */
async function noteCommits({ postgres }: World) {
  await sql`create table committed (seq bigserial, person text, text text)`.execute(postgres.db);
  await sql`
    create function note_commit() returns trigger language plpgsql as $$ begin
      perform pg_sleep(random() * 0.01);
      insert into committed (person, text) values (new.person_id, new.text);
      return null;
    end $$`.execute(postgres.db);
  await sql`
    create constraint trigger note_commit after insert on note deferrable initially deferred
    for each row execute function note_commit()`.execute(postgres.db);
  return async () => {
    const { rows } = await sql<{ person: string; text: string }>`
      select person, text from committed order by seq`.execute(postgres.db);
    return rows;
  };
}

async function freshWorld(): Promise<World> {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  return buildWorld({ databaseUrl, redisUrl: redis.url, whenDone });
}
