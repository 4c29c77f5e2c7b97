import type { IncomingMessage, ServerResponse } from 'node:http';
import { until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { codeOf, DEVICE_ID, json, OF_USER, QUOTA, testServices } from './testing/test-service.ts';

const { service } = testServices(whenDone);

describe('the breaker', () => {
  const breaker = { minCalls: 4, openForMs: 50 };
  const repeat = async (times: number, call: () => Promise<unknown>) => {
    const codes: string[] = [];
    for (let index = 0; index < times; index++) codes.push(await codeOf(call()));
    return codes;
  };

  test('spares a failing service, and tries again until it answers', async () => {
    const { clients, asked, state, metrics } = await service(json({}, 500), { breaker });
    const call = () => clients.user.getQuota(OF_USER);
    const codes = await repeat(10, call);
    expect(codes.slice(0, 4)).toEqual(Array(4).fill('upstream_failed'));
    expect(codes.at(-1)).toBe('upstream_unavailable');
    expect(asked.length).toBeLessThan(10);
    expect(await metrics.text()).toContain('cloudphone_service_breaker_open{service="user"} 1');
    state.answer = json(QUOTA);
    await until(async () => (await codeOf(call())) === 'ok', { what: 'the breaker to close' });
    expect(await repeat(3, call)).toEqual(['ok', 'ok', 'ok']);
    expect(await metrics.text()).toContain('cloudphone_service_breaker_open{service="user"} 0');
  });

  test('tells when to come back', async () => {
    const { clients } = await service(json({}, 500), {
      breaker: { minCalls: 4, openForMs: 9_000 },
    });
    await repeat(6, () => clients.user.getQuota(OF_USER));
    await expect(clients.user.getQuota(OF_USER)).rejects.toMatchObject({ retryAfterMs: 9_000 });
  });

  test('is one for each service', async () => {
    const { clients, state } = await service(json({}, 500), { breaker });
    await repeat(10, () => clients.user.getQuota(OF_USER));
    state.answer = json({ total: 0, byStatus: {}, expiringSoon: 0 });
    expect(await codeOf(clients.device.getDevice({ params: { deviceId: DEVICE_ID } }))).toBe(
      'upstream_failed',
    );
  });

  test('does not count refusals', async () => {
    const { clients } = await service(json({ code: 'not_found' }, 404), { breaker });
    const codes = await repeat(10, () => clients.user.getQuota(OF_USER));
    expect(new Set(codes)).toEqual(new Set(['not_found']));
  });

  test('does not count callers in a hurry', async () => {
    const { clients, asked, state } = await service(() => undefined, { breaker });
    const inHurry = () => clients.user.getQuota(OF_USER, { deadlineAtMs: performance.now() + 30 });
    await until(async () => {
      await codeOf(inHurry());
      return asked.length >= breaker.minCalls * 2;
    });
    state.answer = json(QUOTA);
    expect(await codeOf(clients.user.getQuota(OF_USER))).toBe('ok');
  });
});

describe('the bulkhead', () => {
  test('lets so many in, as many again twice wait, and refuses the rest', async () => {
    const held: ServerResponse[] = [];
    const { clients, asked } = await service((_req, res) => void held.push(res), {
      maxConcurrentPerService: 2,
    });
    const calls = Array.from({ length: 8 }, () => codeOf(clients.user.getQuota(OF_USER)));
    expect(await Promise.all(calls.slice(6))).toEqual(['overloaded', 'overloaded']);
    await until(() => asked.length === 2);
    for (let done = 0; done < 6; done++) {
      await until(() => held.length > 0);
      expect(held.length).toBeLessThanOrEqual(2);
      json(QUOTA)(asked[0] as IncomingMessage, held.shift() as ServerResponse);
    }
    expect(await Promise.all(calls.slice(0, 6))).toEqual(Array(6).fill('ok'));
  });

  test('of one service → does not hold another', async () => {
    const held: (() => void)[] = [];
    const { clients } = await service(
      (req, res) => {
        if (req.url?.startsWith('/device')) json({ code: 'not_found' }, 404)(req, res);
        else held.push(() => json(QUOTA)(req, res));
      },
      { maxConcurrentPerService: 1 },
    );
    const slow = codeOf(clients.user.getQuota(OF_USER));
    await until(() => held.length === 1);
    expect(await codeOf(clients.device.getDevice({ params: { deviceId: DEVICE_ID } }))).toBe(
      'not_found',
    );
    for (const answer of held) answer();
    expect(await slow).toBe('ok');
  });
});
