import { defineCall, HEADERS, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { notFound } from '@cloudphone/errors';
import { signClaims, systemClock } from '@cloudphone/runtime';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ADA, buildServer } from '../fixtures/test-server.ts';
import { signIdentity } from '../identity/internal-identity.ts';
import { answerCall } from './answer-call.ts';

const secret = 'a secret of all processes';
const thing = z.object({ id: z.string(), version: z.int() });
const params = z.strictObject({ id: z.string() });
const getThing = defineCall({
  service: 'device',
  name: 'getThing',
  method: 'GET',
  path: '/things/:id',
  params,
  answer: thing,
  knownTags: (input) => [`device:${input.params.id}`],
});
const startThing = defineCall({
  service: 'device',
  name: 'startThing',
  method: 'POST',
  path: '/things/:id/start',
  params,
  answer: thing,
  status: 202,
});

const { app } = buildServer({
  internalSecret: secret,
  routes: [
    answerCall(getThing, async ({ params: { id } }) => {
      if (id === 'gone') throw notFound('thing', id);
      return {
        body: { id, version: 12, hash: 'never leaves' } as { id: string; version: number },
        tags: [{ tag: `device:${id}`, version: 12 }, { tag: 'devices' }],
        changesAtMs: Date.UTC(2026, 0, 2),
        etagVersion: 12,
      };
    }),
    answerCall(startThing, async ({ params: { id }, identity }) => ({
      body: { id: `${id} by ${identity.userId}`, version: 13 },
      eventIds: ['one', 'two'],
    })),
  ],
});
const signed = signIdentity(ADA, { secret, clock: systemClock });
const get = (path: string, identity = signed) =>
  supertest(app).get(path).set(HEADERS.internalIdentity, identity);

describe('a service’s side of a call', () => {
  test('answers by the contract and says what the answer was built from', async () => {
    const { status, body, headers } = await get('/things/7');
    expect({ status, body }).toEqual({ status: 200, body: { id: '7', version: 12 } });
    expect(headers).toMatchObject({
      [HEADERS.cacheTags]: 'device:7;v=12, devices',
      [HEADERS.cacheUntil]: '2026-01-02T00:00:00.000Z',
      etag: '"12"',
    });
  });

  test('says what an absence depends on', async () => {
    const { status, headers } = await get('/things/gone');
    expect(status).toBe(404);
    expect(headers[HEADERS.cacheTags]).toBe('device:gone');
  });

  test('names the events that a write caused, under the contract’s status', async () => {
    const answer = await supertest(app)
      .post('/things/7/start')
      .set(HEADERS.internalIdentity, signed);
    expect(answer.status).toBe(202);
    expect(answer.headers[HEADERS.eventIds]).toBe('one,two');
    expect(answer.body.id).toBe(`7 by ${ADA.userId}`);
  });

  test('accepts nobody but our own processes', async () => {
    const none = await supertest(app).get('/things/7').set('authorization', 'Bearer ada');
    expect(none.status).toBe(401);
    const claims = { secret, ttlMs: 1_000, nowMs: Date.now() };
    const forged = [
      'nonsense',
      signIdentity(ADA, { secret: 'another secret', clock: systemClock }),
      signClaims({ ...ADA }, { ...claims, nowMs: Date.now() - 2_000 }),
      signClaims({ userId: ADA.userId }, claims),
      signed.replace(/^.{20}/, (start) => start.toLowerCase()),
    ];
    for (const text of forged) expect((await get('/things/7', text)).status).toBe(401);
  });

  test('lets the platform itself ask', async () => {
    const system = signIdentity(SYSTEM_IDENTITY, { secret, clock: systemClock });
    expect((await get('/things/7', system)).status).toBe(200);
  });
});
