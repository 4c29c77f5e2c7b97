import { randomId } from '@cloudphone/runtime';
import { beforeAll, describe, expect, test } from 'vitest';
import { startUserWorld, type UserWorld } from '../fixtures/user-world.ts';
import { forgetAttempts, hashOf } from './attempts.ts';

let world: UserWorld;
beforeAll(async () => {
  world = await startUserWorld();
  // However long a guess takes here, the guesser has not waited.
  world.holdTime();
});

describe('guessing a password', () => {
  test('is slowed down for the guesser, and for nobody else', async () => {
    const { username } = world.person(1);
    const guess = () => world.logIn(username, 'wrong', { address: '10.6.6.6' });
    for (let n = 0; n < 5; n++) await guess().expect(401);
    const refused = await guess().expect(429);
    expect(refused.body.code).toBe('rate_limited');
    expect(refused.headers['retry-after']).toBe('1');
    const right = await world.logIn(username, 'user-demo', { address: '10.6.6.6' });
    expect(right.status).toBe(429);
    await world.logIn(username, 'user-demo', { address: '10.0.0.1' }).expect(200);
  });

  test('of an account that is not there is slowed down all the same, and told of all the same', async () => {
    const guess = () => world.logIn('nobody-at-all', 'wrong', { address: '10.6.6.7' });
    const first = await guess().expect(401);
    for (let n = 1; n < 5; n++) await guess().expect(401);
    await guess().expect(429);
    expect(first.body.code).toBe('credentials_wrong');
    const failed = await world.published('user.login_failed');
    expect(failed.filter(({ userId }) => userId === null)).toHaveLength(5);
  });

  test('a hundred times at once comes through twenty times at most', async () => {
    const { username } = world.person(2);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => world.logIn(username, 'wrong', { address: '10.6.6.8' })),
    );
    const compared = answers.filter(({ status }) => status === 401);
    expect(compared.length).toBeGreaterThan(0);
    expect(compared.length).toBeLessThanOrEqual(20);
  }, 60_000);

  test('of many accounts from one place is slowed down there, but for accounts that are known there', async () => {
    const { username } = world.person(3);
    const address = '10.6.6.9';
    await world.logIn(username, 'user-demo', { address }).expect(200);
    const rows = Array.from({ length: 100 }, (_, n) => ({
      id: randomId(),
      kind: 'log_in' as const,
      account: hashOf(`victim-${n}`),
      address: hashOf(address),
      outcome: 'failed' as const,
      at: new Date(),
    }));
    await world.db.insertInto('attempts').values(rows).execute();
    await world.logIn(world.person(4).username, 'user-demo', { address }).expect(429);
    await world.logIn(username, 'user-demo', { address }).expect(200);
  });
});

test('what is written of tries says neither what was typed nor where it came from', async () => {
  await world.logIn('my password by mistake', 'wrong', { address: '10.9.9.9' });
  const rows = await world.db.selectFrom('attempts').selectAll().execute();
  expect(JSON.stringify(rows)).not.toMatch(/mistake|10\.9\.9\.9/);
});

test('failures are forgotten after a day, the places of log-ins after a month', async () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
  const row = { kind: 'log_in' as const, account: hashOf('old'), address: hashOf('old') };
  const kept = { ...row, id: randomId(), outcome: 'succeeded' as const, at: daysAgo(29) };
  await world.db
    .insertInto('attempts')
    .values([
      kept,
      { ...row, id: randomId(), outcome: 'failed', at: daysAgo(2) },
      { ...row, id: randomId(), outcome: 'succeeded', at: daysAgo(31) },
    ])
    .execute();
  await forgetAttempts(world.service.tools);
  const left = await world.db
    .selectFrom('attempts')
    .select('id')
    .where('account', '=', row.account)
    .execute();
  expect(left).toEqual([{ id: kept.id }]);
});
