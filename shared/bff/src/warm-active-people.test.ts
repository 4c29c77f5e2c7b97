import { createManualClock, silentLogger } from '@cloudphone/runtime';
import { until } from '@cloudphone/test-kit';
import type { Recipe } from '@cloudphone/view-cache';
import { expect, test } from 'vitest';
import { warmActivePeople } from './warm-active-people.ts';

const person = (userId: string) => ({ userId, tenantId: 'acme', permissionVersion: 3 });

function world() {
  const clock = createManualClock();
  const closings: (() => Promise<void>)[] = [];
  const state = { people: [person('ada')], isAway: false, asked: [] as unknown[] };
  const warmed: (readonly Recipe[])[] = [];
  warmActivePeople({
    views: ['home', 'my-devices'],
    audience: 'user',
    services: {
      user: {
        listActiveUsers: async (request) => {
          state.asked.push(request?.query);
          if (state.isAway) throw new Error('away');
          return { userIds: state.people.map(({ userId }) => userId), people: state.people };
        },
      },
    },
    cache: {
      warm: async ({ recipes = [], limit } = {}) => {
        warmed.push(recipes.slice(0, limit));
        return { held: 0, warmed: recipes.length, failed: 0 };
      },
    },
    logger: silentLogger,
    lifecycle: { onClose: (_name, close) => void closings.push(async () => close()) },
    clock,
  });
  return { clock, state, warmed, close: () => Promise.all(closings.map((close) => close())) };
}

test('people who were here lately find their first screens: at the start, and again every five minutes', async () => {
  const { clock, state, warmed } = world();
  await until(() => warmed.length === 1);
  const scope = { audience: 'user', tenant: 'acme', subject: 'ada', permissionVersion: 3 };
  expect(warmed[0]).toEqual(['home', 'my-devices'].map((view) => ({ view, params: {}, scope })));
  expect(state.asked).toEqual([{ withinMinutes: 15, limit: 100 }]);
  state.people = Array.from({ length: 100 }, (_, n) => person(`${n}`));
  clock.turn(5 * 60_000);
  await until(() => warmed.length === 2);
  expect(warmed[1]).toHaveLength(200);
});

test('without the user service nothing is warmed until it is back; after the end nothing at all', async () => {
  const { clock, state, warmed, close } = world();
  await until(() => warmed.length === 1);
  state.isAway = true;
  clock.turn(5 * 60_000);
  await until(() => state.asked.length === 2);
  state.isAway = false;
  clock.turn(5 * 60_000);
  await until(() => warmed.length === 2);
  await close();
  clock.turn(60 * 60_000);
  expect(state.asked).toHaveLength(3);
});
