import { createManualClock, silentLogger } from '@cloudphone/runtime';
import { expect, test } from 'vitest';
import type { ChangeFeed } from './change-feed.ts';
import { createGuardedStore } from './guarded-store.ts';
import type { ViewStore } from './view-store.ts';

test('a store that hangs → all who wait are told when the first has waited long enough', async () => {
  const clock = createManualClock();
  const hangs = () => new Promise<never>(() => {});
  const store = createGuardedStore({
    store: { lookUp: hangs, close: async () => {} } as unknown as ViewStore,
    feed: { isTrusted: true } as ChangeFeed,
    clock,
    logger: silentLogger,
    deadlineMs: 50,
  });
  const outcomes: string[] = [];
  const ask = (name: string) =>
    store
      .ask((hung) => hung.lookUp('k'))
      .catch(({ code }: { code: string }) => outcomes.push(`${name}: ${code}`));
  const first = ask('first');
  clock.turn(40);
  const second = ask('second');
  expect([outcomes, store.isAway]).toEqual([[], false]);
  clock.turn(10);
  await Promise.all([first, second]);
  expect(outcomes.sort()).toEqual(['first: upstream_timeout', 'second: upstream_unavailable']);
  await ask('third');
  expect([outcomes.at(-1), store.isAway]).toEqual(['third: upstream_unavailable', true]);
  await store.close();
});

test('an operator’s walk over all keys has more patience, and says nothing of the store when it ends', async () => {
  const clock = createManualClock();
  const store = createGuardedStore({
    store: {
      listKeys: () => new Promise<never>(() => {}),
      lookUp: async () => 'found',
      close: async () => {},
    } as unknown as ViewStore,
    feed: { isTrusted: true } as ChangeFeed,
    clock,
    logger: silentLogger,
    deadlineMs: 50,
  });
  let outcome = 'waiting';
  const walk = store
    .askPatiently((slow) => slow.listKeys('', 1))
    .catch(({ code }: { code: string }) => {
      outcome = code;
    });
  clock.turn(4_999);
  await Promise.resolve();
  expect(outcome).toBe('waiting');
  clock.turn(1);
  await walk;
  expect([outcome, store.isAway]).toEqual(['upstream_timeout', false]);
  expect(await store.ask((quick) => quick.lookUp('k'))).toBe('found');
});
