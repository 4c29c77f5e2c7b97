import { randomUUID } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { expect, test } from 'vitest';
import { buildWorld, type Notes, userUpdated, type World } from './fixtures/world.ts';
import { defineReaction } from './index.ts';

const PEOPLE = Array.from({ length: 5 }, () => randomUUID());

const note = defineReaction<'user.updated', Notes>({
  on: 'user.updated',
  name: 'note',
  run: async ({ data: { id, name } }, tx) => {
    await tx.insertInto('note').values({ person_id: id, text: name }).execute();
    return [];
  },
});

test('a log’s Redis that is killed and comes back from an older file → is another epoch, has every event again, and its followers miss none and handle none twice', {
  timeout: 60_000,
}, async () => {
  const { world, redis, older } = await openWorld();
  await world.startRelay();
  const { rows, resets, tail } = await world.startTail();
  await world.startFollower([note]);
  await tell(world, 0, 60);
  await until(() => rows.length === 60, { what: 'the first events' });
  await older.keep();
  await tell(world, 60, 160);
  await until(() => rows.length === 160, { what: 'the next events' });
  const before = await world.store.read();

  await redis.kill();
  await tell(world, 160, 200);
  await older.putBack();
  await redis.restart({ keepData: true });

  const all = Array.from({ length: 200 }, (_, n) => `${n}`);
  await until(async () => (await notes(world)).length >= 200, { what: 'notes' });
  expect((await notes(world)).map(({ text }) => text).sort()).toEqual([...all].sort());
  for (const id of PEOPLE) {
    const numbers = (await notes(world)).filter((row) => row.person_id === id);
    const inOrder = numbers.map(({ text }) => Number(text));
    expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
  }

  const after = await until(async () => {
    const clock = await world.store.read();
    return clock.seq >= 200 && clock;
  });
  expect(after.epoch).not.toBe(before.epoch);
  expect(after.base).toBe(60);
  await until(() => tail.applied?.epoch === after.epoch && tail.applied.seq === after.seq);
  expect(resets.map(({ reason }) => reason)).toContain('epoch');
  const stored = await world.store.readAfter(0, { count: 1_000 });
  expect(new Set(stored.map(({ id }) => id)).size).toBe(stored.length);
  expect(stored).toHaveLength(200);
  // What was told before is not told again to people: only what was written while it was away is.
  expect(stored.filter(({ isReplay }) => !isReplay)).toHaveLength(60 + 40);
});

async function openWorld() {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  const world = await buildWorld({ databaseUrl, redisUrl: redis.url, whenDone });
  // Else what was acknowledged may be in no file yet, while an earlier write is on its way to the disk.
  await world.client.config('SET', 'appendfsync', 'always');
  const [, folder = ''] = (await world.client.config('GET', 'dir')) as string[];
  const [live, kept] = [join(folder, 'appendonlydir'), join(folder, 'kept')];
  const older = {
    keep: () => cp(live, kept, { recursive: true }),
    putBack: async () => {
      await rm(live, { recursive: true });
      await cp(kept, live, { recursive: true });
    },
  };
  return { world, redis, older };
}

async function tell({ writer }: World, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    const id = PEOPLE[n % PEOPLE.length] ?? '';
    await writer.write(async () => ({ result: 0, events: [userUpdated({ id, name: `${n}` })] }));
  }
}

async function notes({ postgres }: World) {
  return await postgres.db.selectFrom('note').selectAll().orderBy('seq').execute();
}
