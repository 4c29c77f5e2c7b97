import { createManualClock } from '@cloudphone/runtime';
import { beforeAll, expect, test } from 'vitest';
import { startUserWorld, type UserWorld } from '../fixtures/user-world.ts';
import { createSigningKeys } from './signing-keys.ts';

const HOUR_MS = 3_600_000;
const MONTH_MS = 30 * 24 * HOUR_MS;
let world: UserWorld;
beforeAll(async () => {
  world = await startUserWorld();
});

test('a key serves a month; its successor is published an hour before, it itself an hour after', async () => {
  const clock = createManualClock(Date.now());
  const keys = createSigningKeys({ ...world.service.tools, clock });
  const kids = async () => (await keys.published()).map(({ kid }) => kid).sort();
  const first = (await keys.current()).kid;
  clock.turn(MONTH_MS - HOUR_MS);
  await keys.rotate();
  expect(await kids()).toEqual([first]);

  clock.turn(2 * HOUR_MS);
  await Promise.all([keys.rotate(), keys.rotate(), keys.rotate()]);
  expect(await kids()).toHaveLength(2);
  expect((await keys.current()).kid).toBe(first);

  clock.turn(HOUR_MS);
  await keys.rotate();
  const second = (await keys.current()).kid;
  expect(second).not.toBe(first);
  expect(await kids()).toEqual([first, second].sort());

  clock.turn(HOUR_MS);
  await keys.rotate();
  expect(await kids()).toEqual([second]);
  expect((await keys.current()).kid).toBe(second);
});
