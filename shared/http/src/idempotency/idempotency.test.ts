import { appError } from '@cloudphone/errors';
import { connectRedis, createIdempotencyStore, whenReady } from '@cloudphone/redis';
import { silentLogger } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { buildServer } from '../fixtures/test-server.ts';
import { defineRoute } from '../routes/define-route.ts';
import type { Reply } from '../routes/route.ts';

/** A server that makes orders, as `make` says, and counts how many it was asked to make. */
async function world(
  make: (made: number, size: number) => Promise<Reply>,
  options: { leaseMs?: number } = {},
) {
  const server = await testRedis({ persistent: false });
  const redis = connectRedis({
    url: server.url,
    name: 't',
    manner: 'fail-fast',
    commandTimeoutMs: 20_000,
    logger: silentLogger,
  });
  whenDone(() => redis.close());
  await whenReady(redis, 5_000);
  const state = { made: 0 };
  const order = (path: string, kind: 'public' | 'signed-in' = 'signed-in') =>
    defineRoute({
      method: 'POST',
      path,
      summary: '',
      access: { kind },
      body: z.strictObject({ size: z.int() }),
      status: 201,
      handle: ({ body }) => {
        state.made += 1;
        return make(state.made, body.size);
      },
    });
  const { app } = buildServer({
    idempotency: createIdempotencyStore({ redis, namespace: 'test', ...options }),
    routes: [order('/orders'), order('/refunds'), order('/log-ins', 'public')],
  });
  const post = (key: string | undefined, size = 1, path = '/orders') => {
    const request = supertest(app).post(path).send({ size });
    if (path !== '/log-ins') request.set('authorization', 'Bearer ada');
    return key === undefined ? request : request.set('idempotency-key', key);
  };
  return { post, state, server, redis };
}

const numbered = async (made: number): Promise<Reply> => ({
  body: { number: made },
  headers: { 'consistency-token': `e.${made}` },
});

describe('a write with an idempotency key', () => {
  test('is made once; again it gets the same answer', async () => {
    const { post, state } = await world(numbered);
    const first = await post('k');
    const again = await post('k');
    expect([first.status, first.body]).toEqual([201, { number: 1 }]);
    expect([again.status, again.body]).toEqual([201, { number: 1 }]);
    expect(again.headers).toMatchObject({
      'consistency-token': 'e.1',
      'idempotency-replayed': 'true',
      'content-type': first.headers['content-type'],
    });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(state.made).toBe(1);
  });

  test('under a key used for another body → is refused', async () => {
    const { post, state } = await world(numbered);
    await post('k', 1);
    const other = await post('k', 2);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
    expect(state.made).toBe(1);
  });

  test('is kept apart by route, and from writes without a key', async () => {
    const { post, state } = await world(numbered);
    await post('k');
    await post('k', 1, '/refunds');
    await post(undefined);
    await post(undefined);
    expect(state.made).toBe(4);
  });

  test('of nobody known → is not kept: its answer may be a secret', async () => {
    const { post, state, redis } = await world(numbered);
    await post('k', 1, '/log-ins');
    await post('k', 1, '/log-ins');
    expect(state.made).toBe(2);
    expect(await redis.client.dbsize()).toBe(0);
  });

  test('that is still being made → is not begun again', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { post, state } = await world(async (made) => {
      await held;
      return { body: made };
    });
    const first = post('k').then((answer) => answer);
    await until(() => state.made === 1);
    const second = await post('k');
    expect([second.status, second.body.code]).toEqual([409, 'request_in_flight']);
    expect(second.headers['retry-after']).toBe('1');
    finish();
    expect((await first).status).toBe(201);
    expect((await post('k')).status).toBe(201);
    expect(state.made).toBe(1);
  });

  test('that failed → may be tried again', async () => {
    const { post, state } = await world(async (made) => {
      if (made === 1) throw appError('upstream_timeout');
      return { body: made };
    });
    expect((await post('k')).status).toBe(504);
    expect((await post('k')).body).toBe(2);
    expect((await post('k')).body).toBe(2);
    expect(state.made).toBe(2);
  });

  test('of many at once → one is made', async () => {
    const { post, state } = await world(numbered);
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('k')));
    expect(state.made).toBe(1);
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 201 || status === 409)).toBe(true);
  });

  test('whose maker died → is free again after its lease', async () => {
    const { post, state } = await world(
      (made) => (made === 1 ? new Promise(() => undefined) : Promise.resolve({ body: made })),
      { leaseMs: 60 },
    );
    post('k')
      .catch(() => undefined)
      .then(() => undefined);
    await until(() => state.made === 1);
    expect(
      (
        await until(async () => {
          const answer = await post('k');
          return answer.status === 201 && answer;
        })
      ).body,
    ).toBe(2);
  });

  test('while its promise cannot be kept → is not begun', async () => {
    const { post, state, server, redis } = await world(numbered);
    await server.kill();
    await until(() => !redis.isReady);
    const { status, body } = await post('k');
    expect([status, body.code]).toEqual([503, 'upstream_unavailable']);
    expect(state.made).toBe(0);
    expect((await post(undefined)).status).toBe(201);
  });

  test('with a key that is none → is refused', async () => {
    const { post } = await world(numbered);
    expect((await post('x'.repeat(201))).body.code).toBe('bad_request');
  });
});
