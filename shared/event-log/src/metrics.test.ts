import { randomUUID } from 'node:crypto';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { buildWorld, type Notes, userUpdated, type World } from './fixtures/world.ts';
import { defineReaction } from './index.ts';

const RELAYING = 'cloudphone_relay_relaying{service="notes"}';
const FOLLOWING = 'cloudphone_follower_following{group="notes"}';
const OLDEST = 'cloudphone_follower_oldest_timestamp_seconds{group="notes"}';
const TRUSTED = 'cloudphone_log_tail_trusted';
const letters = (state: string) => `cloudphone_dead_letters{group="notes",state="${state}"}`;
/** Letters are counted every five seconds. */

describe('what alarms are made of', () => {
  test('says that nobody carries, follows or is trusted while Redis is away, and when they are again', async () => {
    const { world, redis } = await freshWorld();
    await world.startRelay();
    await world.startFollower([reaction(async () => {})]);
    await world.startTail();
    const all = [RELAYING, FOLLOWING, TRUSTED];
    const allSay = (value: number) => () => says(world, all, value);
    await until(allSay(1), { what: 'all to stand well' });
    await redis.kill();
    await until(allSay(0), { what: 'all to be alarming' });
    await redis.restart({ keepData: true });
    await until(allSay(1), { what: 'all to stand well again' });
  });

  test('says that a group is followed only while somebody does', async () => {
    const { world } = await freshWorld();
    const follower = await world.startFollower([reaction(async () => {})]);
    await until(() => says(world, [FOLLOWING], 1));
    await follower.close();
    expect(await world.metric(FOLLOWING)).toBe(0);
  });

  test('tells since when the oldest event has been under way, and nothing when none is', async () => {
    const { world } = await freshWorld();
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await world.startRelay();
    await world.startFollower([reaction(() => held)]);
    const beganAt = Date.now() / 1_000;
    await tell(world, 'slow');
    const oldest = await until(() => world.metric(OLDEST));
    expect(Math.abs(oldest - beganAt)).toBeLessThan(60);
    goOn();
    await until(() => says(world, [OLDEST], 0));
  });

  test('counts what is parked and what waits behind it, until it is judged', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const refuse = () => Promise.reject(new Error('never'));
    await world.startFollower([reaction(refuse)]);
    const id = randomUUID();
    await tell(world, 'bad', id);
    await tell(world, 'second', id);
    await until(() => says(world, [letters('parked'), letters('held')], 1));
    await world.deadLetters.judge('discard', { filter: {} }, null);
    await until(() => says(world, [letters('parked'), letters('held')], 0));
  });
});

async function says(world: World, names: readonly string[], value: number): Promise<boolean> {
  const said = await Promise.all(names.map((name) => world.metric(name)));
  return said.every((found) => found === value);
}

const reaction = (run: () => Promise<void>) =>
  defineReaction<'user.updated', Notes>({
    on: 'user.updated',
    name: 'react',
    run: async () => {
      await run();
      return [];
    },
  });

const tell = (world: World, name: string, id: string = randomUUID()) =>
  world.writer.write(async () => ({ result: 0, events: [userUpdated({ id, name })] }));

async function freshWorld() {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  return { redis, world: await buildWorld({ databaseUrl, redisUrl: redis.url, whenDone }) };
}
