import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { expect, test } from 'vitest';
import { buildWorld, userUpdated } from '../fixtures/world.ts';
import { OUTBOX_CHANNEL } from './tell-relay.ts';

const redis = await testRedis();

test('a commit wakes relays; many commits at once wake them a few times, and once more at the end', async () => {
  const databaseUrl = await testPostgres().freshDatabase();
  const world = await buildWorld({ databaseUrl, redisUrl: redis.url, whenDone });
  let calls = 0;
  const listening = await world.postgres.listen(OUTBOX_CHANNEL, () => calls++);
  whenDone(() => listening.close());
  await until(() => calls === 1, { what: 'the call that comes with listening' });

  const write = () => world.writer.write(async () => ({ result: 0, events: [userUpdated()] }));
  await write();
  await until(() => calls === 2, { what: 'the call after a commit' });

  const writes = 60;
  await Promise.all(Array.from({ length: writes }, write));
  const before = calls;
  await write();
  await until(() => calls > before, { what: 'the call after the last commit' });
  expect(calls).toBeLessThan(2 + writes);
});

test('where the relay that carries runs, a commit calls it and notifies nobody; when it carries no more, others are notified', async () => {
  const databaseUrl = await testPostgres().freshDatabase();
  const world = await buildWorld({ databaseUrl, redisUrl: redis.url, whenDone });
  let calls = 0;
  const listening = await world.postgres.listen(OUTBOX_CHANNEL, () => calls++);
  whenDone(() => listening.close());
  await until(() => calls === 1, { what: 'the call that comes with listening' });
  const write = () => world.writer.write(async () => ({ result: 0, events: [userUpdated()] }));

  const relay = await world.startRelay();
  await until(() => relay.isRelaying, { what: 'a relay that carries' });
  await write();
  await until(async () => (await relay.lag()).count === 0, { what: 'the event in the log' });
  expect(calls).toBe(1);

  await relay.close();
  await write();
  await until(() => calls === 2, { what: 'the call for other processes' });
});
