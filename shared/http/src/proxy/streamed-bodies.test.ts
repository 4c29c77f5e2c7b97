import { request } from 'node:http';
import { defineCall } from '@cloudphone/contracts';
import { until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ADA, buildServer, knowsAda } from '../fixtures/test-server.ts';
import { answerCall } from '../routes/answer-call.ts';
import { defineProxyRoute } from './proxy-route.ts';

const LIMIT_BYTES = 1_000_000;
const internalSecret = 'a secret of all processes';
const upload = defineCall({
  service: 'notification',
  name: 'upload',
  method: 'POST',
  path: '/uploads',
  bodyMedia: 'text/csv',
  answer: z.object({ bytes: z.int(), user: z.string() }),
  status: 201,
});

/** A BFF in front of a service that counts what it is sent. */
async function world() {
  const arrived: number[] = [];
  const service = buildServer({
    internalSecret,
    drainMs: 0,
    routes: [
      answerCall(
        upload,
        async ({ bodyStream, identity }) => {
          let bytes = 0;
          for await (const chunk of bodyStream ?? []) {
            bytes += (chunk as Buffer).length;
            arrived.push(bytes);
          }
          return { body: { bytes, user: identity.userId } };
        },
        { bodyLimitBytes: LIMIT_BYTES },
      ),
    ],
  });
  const url = `http://127.0.0.1:${await service.listen(0, '127.0.0.1')}`;
  const bff = buildServer({
    authenticate: knowsAda,
    internalSecret,
    drainMs: 0,
    proxies: {
      routes: [
        defineProxyRoute({
          method: 'POST',
          path: '/notifications/uploads',
          to: upload,
          access: { kind: 'signed-in' },
          bodyLimitBytes: LIMIT_BYTES,
        }),
      ],
      targets: { notification: url } as never,
    },
  });
  const port = await bff.listen(0, '127.0.0.1');
  whenDone(() => bff.close());
  whenDone(() => service.close());
  return { port, servicePort: Number(new URL(url).port), arrived };
}

function open(port: number, headers: Record<string, string> = {}) {
  const path = '/notifications/uploads';
  const sending = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path,
    headers: { authorization: 'Bearer ada', 'content-type': 'text/csv', ...headers },
  });
  const answer = new Promise<{ status: number; body: Record<string, unknown> }>(
    (resolve, reject) => {
      sending.once('error', reject);
      sending.once('response', (res) => {
        const parts: Buffer[] = [];
        res.on('data', (part: Buffer) => parts.push(part));
        res.on('end', () =>
          resolve({ status: res.statusCode ?? 0, body: JSON.parse(String(Buffer.concat(parts))) }),
        );
      });
    },
  );
  return { sending, answer };
}

describe('a call with a streamed body', () => {
  test('reaches its service while it is still being sent, through the proxy, as its sender', async () => {
    const { port, arrived } = await world();
    const { sending, answer } = open(port);
    sending.write('userId\n');
    await until(() => arrived.at(-1) === 7);
    sending.end('1\n');
    expect(await answer).toEqual({ status: 201, body: { bytes: 9, user: ADA.userId } });
  });

  test.each([
    ['JSON', { 'content-type': 'application/json' }],
    ['another encoding of text', { 'content-type': 'text/csv; charset=utf-16' }],
    ['compressed', { 'content-encoding': 'gzip' }],
  ])('refuses %s', async (_what, headers) => {
    const { port } = await world();
    const { sending, answer } = open(port, headers);
    sending.end('a');
    expect((await answer).body).toMatchObject({ code: 'unsupported_media_type' });
  });

  test.each([
    ['announced', { 'content-length': String(LIMIT_BYTES + 1) }],
    ['not announced', { 'transfer-encoding': 'chunked' }],
  ])('above its limit, %s → 413', async (_how, headers) => {
    const { port } = await world();
    const { sending, answer } = open(port, headers);
    sending.end(Buffer.alloc(LIMIT_BYTES + 1, 'a'));
    expect((await answer).body).toMatchObject({ status: 413, code: 'body_too_large' });
  });
});
