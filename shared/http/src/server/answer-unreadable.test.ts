import { connect } from 'node:net';
import { whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { buildServer } from '../fixtures/test-server.ts';
import { defineRoute } from '../routes/define-route.ts';

/** Everything that a server says to these bytes until it ends the connection. */
async function answerTo(bytes: string): Promise<{ head: string; body: string }> {
  const server = buildServer({
    routes: [
      defineRoute({
        method: 'GET',
        path: '/begun',
        summary: '',
        access: { kind: 'public' },
        handle: () => new Promise(() => undefined),
      }),
    ],
  });
  const port = await server.listen(0, '127.0.0.1');
  whenDone(() => server.close());
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      resolve({ head, body });
    });
  });
}

describe('bytes that are no request', () => {
  test.each([
    ['no HTTP at all', '\u0000\u0001\r\n\r\n', 400, 'bad_request'],
    [
      'a header outside the grammar',
      'GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n',
      400,
      'bad_request',
    ],
    [
      'two lengths of one body',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'bad_request',
    ],
    ['a head without end', `GET /?${'a'.repeat(20_000)}`, 431, 'head_too_large'],
  ])('%s → problem %i and the end of the connection', async (_what, bytes, status, code) => {
    const { head, body } = await answerTo(bytes);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({
      status,
      code,
      traceId: expect.stringMatching(/^\w{32}$/),
    });
  });
});
