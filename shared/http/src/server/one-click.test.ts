import { appError } from '@cloudphone/errors';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { buildServer } from '../fixtures/test-server.ts';
import { defineRoute } from '../routes/define-route.ts';

/** As whoever comes with a cookie and without the header: refused before any route. */
const refusesCookies = async ({ headers }: { headers: { cookie?: string | undefined } }) => {
  if (headers.cookie !== undefined) throw appError('csrf_failed');
  return undefined;
};

const { app } = buildServer({
  authenticate: refusesCookies,
  routes: [
    defineRoute({
      method: 'POST',
      path: '/one-click',
      summary: 'Ends something.',
      access: { kind: 'public', ignoresCredentials: true },
      ignoresBody: true,
      handle: async ({ identity, body }) => ({ body: { identity: identity ?? null, body } }),
    }),
    defineRoute({
      method: 'POST',
      path: '/ordinary',
      summary: 'Changes something.',
      access: { kind: 'public' },
      handle: async () => ({ body: {} }),
    }),
  ],
});

describe('a route that ignores credentials', () => {
  test.each([
    ['application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'],
    ['multipart/form-data; boundary=x', '--x\r\n\r\nOne-Click\r\n--x--'],
    ['text/plain', 'anything'],
  ])(
    'takes what mail programs send as %s, with a cookie and without our header',
    async (type, form) => {
      const answer = await supertest(app)
        .post('/one-click')
        .set({ cookie: 'session=somebody', 'content-type': type })
        .send(form);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ identity: null });
    },
  );

  test('opens no other route to the same request, and reads no endless body', async () => {
    const cookie = { cookie: 'session=somebody' };
    expect((await supertest(app).post('/ordinary').set(cookie)).status).toBe(403);
    const endless = supertest(app).post('/one-click').set('content-type', 'text/plain');
    expect((await endless.send('x'.repeat(200_000))).status).toBe(413);
  });
});
