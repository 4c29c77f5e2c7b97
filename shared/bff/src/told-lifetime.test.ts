import type { Identity } from '@cloudphone/contracts';
import { createManualClock, currentReadContext } from '@cloudphone/runtime';
import type { ServiceClients } from '@cloudphone/service-clients';
import { defineView } from '@cloudphone/view-cache';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { BY_EXPRESS, openBothWays } from './fixtures/both-ways.ts';
import { viewRoute } from './view-route.ts';

const identity: Identity = {
  userId: 'u1',
  tenantId: 't1',
  sessionId: '',
  roles: [],
  permissions: [],
  permissionVersion: 1,
};

/** A BFF of one view, fresh for half a minute, whose answer holds `holdsForMs` after its load. */
async function openBff(holdsForMs: number) {
  const clock = createManualClock();
  const route = viewRoute({
    path: '/today',
    summary: '',
    access: { kind: 'signed-in' },
    view: defineView<ServiceClients>()({
      name: 'today',
      params: z.strictObject({}),
      scope: 'public',
      freshFor: '30s',
      servableFor: '10m',
      load: async () => {
        const call = currentReadContext()?.beginCall(['today']);
        call?.answered({ tags: [{ tag: 'today' }], changesAtMs: clock.now() + holdsForMs });
        return {};
      },
    }),
  });
  const { url, served } = await openBothWays({ routes: [route], whoIs: () => identity, clock });
  const ask = async (headers: Record<string, string> = {}) => {
    const got = await fetch(`${url}/today`, { headers });
    const named = ['age', 'cache-control', 'cache-status', 'etag', 'vary', 'content-length'];
    return { said: named.map((name) => got.headers.get(name)), body: await got.text() };
  };
  /** What either way says of the lifetime, in the same words. */
  const tell = async () => {
    const before = served.byFastPath;
    const [fast, whole] = [await ask(), await ask(BY_EXPRESS)];
    expect(served.byFastPath - before).toBe(1);
    expect(fast).toEqual(whole);
    return fast.said[2];
  };
  return { clock, ask, tell };
}

test('over HTTP, by the fast path or by Express: no answer is said to hold longer than its source said', async () => {
  const { clock, ask, tell } = await openBff(2_500);
  expect((await ask()).said).toContain('cloudphone; fwd=miss; detail=source');
  expect(await tell()).toBe('cloudphone; hit; ttl=2; detail=memory');
  clock.turn(501);
  expect(await tell()).toBe('cloudphone; hit; ttl=1; detail=memory');
  clock.turn(1_000);
  expect(await tell()).toBe('cloudphone; hit; ttl=0; detail=memory');
  clock.turn(999);
  expect((await ask()).said).toContain('cloudphone; fwd=miss; detail=source');
});

test('over HTTP, by the fast path or by Express: an answer is said to hold no longer than its view is fresh', async () => {
  const { ask, tell } = await openBff(3_600_000);
  await ask();
  expect(await tell()).toBe('cloudphone; hit; ttl=30; detail=memory');
});
