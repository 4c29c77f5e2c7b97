import { HEADERS, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { readSignedClaims, runInRequestContext } from '@cloudphone/runtime';
import { whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import {
  DEVICE_ID,
  json,
  OF_USER,
  QUOTA,
  SECRET,
  testServices,
  USER_ID,
} from './testing/test-service.ts';

const { service } = testServices(whenDone);

describe('a call', () => {
  test('of a GET → resolves to the answer, by the contract', async () => {
    const { clients, asked } = await service(json({ ...QUOTA, extra: 1 }));
    expect(await clients.user.getQuota(OF_USER)).toEqual(QUOTA);
    expect(asked[0]?.url).toBe(`/quotas/${USER_ID}`);
  });

  test('of a write → resolves to the answer and the events it caused', async () => {
    const device = {
      id: DEVICE_ID,
      name: 'a',
      model: 'b',
      androidVersion: '14',
      status: 'starting',
      lastError: null,
      ownerId: null,
      ownerName: null,
      ownerEmail: null,
      tenantId: null,
      nodeName: 'n',
      expiresAt: null,
      version: 2,
      createdAt: '2026-01-01T00:00:00Z',
      updatedAt: '2026-01-01T00:00:00Z',
    };
    const { clients, asked } = await service(json(device, 202, { [HEADERS.eventIds]: 'e1, e2' }));
    const written = await clients.device.startDevice(
      { params: { deviceId: DEVICE_ID } },
      { idempotencyKey: 'k', ifMatch: 1 },
    );
    expect(written).toEqual({ answer: device, eventIds: ['e1', 'e2'] });
    expect(asked[0]).toMatchObject({
      method: 'POST',
      headers: { [HEADERS.idempotencyKey]: 'k', 'if-match': '"1"' },
    });
  });

  test('sends its query as the caller wrote it', async () => {
    const { clients, asked } = await service(json({ items: [], nextCursor: null }));
    await clients.device.listDevices({ query: { q: 'a b&c', limit: 3, status: undefined } });
    expect(asked[0]?.url).toBe('/devices?q=a+b%26c&limit=3');
  });

  test('with OF_USER against the contract → is refused before anything is sent', async () => {
    const { clients, asked } = await service(json(QUOTA));
    const call = clients.user.getQuota({ params: { userId: '../users' } });
    await expect(call).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: 'params.userId' }],
    });
    expect(asked).toHaveLength(0);
  });

  test('carries whose call it is, the trace and the time that is left', async () => {
    const { clients, asked } = await service(json(QUOTA), { defaultTimeoutMs: 60_000 });
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const context = {
      traceparent,
      internalIdentity: 'as given',
      deadlineAtMs: performance.now() + 30_000,
    };
    await runInRequestContext(context, () => clients.user.getQuota(OF_USER));
    const headers = asked[0]?.headers ?? {};
    expect(headers[HEADERS.internalIdentity]).toBe('as given');
    expect(headers.traceparent).toContain('a'.repeat(32));
    expect(headers.traceparent).not.toBe(traceparent);
    expect(Number(headers[HEADERS.requestDeadlineMs])).toBeGreaterThan(10_000);
    expect(Number(headers[HEADERS.requestDeadlineMs])).toBeLessThanOrEqual(30_000);
  });

  test('that nobody asked for → is the platform’s own', async () => {
    const { clients, asked } = await service(json(QUOTA));
    await clients.user.getQuota(OF_USER);
    const signed = String(asked[0]?.headers[HEADERS.internalIdentity]);
    expect(readSignedClaims(signed, { secret: SECRET, nowMs: Date.now() })).toEqual(
      SYSTEM_IDENTITY,
    );
  });
});
