import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { buildServer } from '../fixtures/test-server.ts';
import { defineRoute } from '../routes/define-route.ts';

const CHUNK = Buffer.alloc(64_000, ' ');

async function serve() {
  const route = defineRoute({
    method: 'POST',
    path: '/',
    summary: '',
    access: { kind: 'public' },
    body: z.object({}),
    bodyLimitBytes: 1_000,
    handle: async () => ({ body: {} }),
  });
  const server = buildServer({ routes: [route] });
  whenDone(() => server.close());
  const connections: unknown[] = [];
  server.server.on('connection', (socket) => connections.push(socket));
  return { port: await server.listen(0, '127.0.0.1'), connections };
}

describe('the refusal of a body that is too large', () => {
  test('reaches a client that sends all of it first, and leaves the connection usable', async () => {
    const { port, connections } = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    whenDone(async () => agent.destroy());
    const post = (chunks: number) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
        const req = request({ host: '127.0.0.1', port, method: 'POST', agent, headers }, (res) => {
          res.resume();
          res.on('end', () => resolve(res.statusCode));
        });
        req.on('error', reject);
        for (let sent = 0; sent < chunks; sent++) req.write(CHUNK);
        req.end();
      });
    for (let time = 0; time < 3; time++) expect(await post(100)).toBe(413);
    expect(connections).toHaveLength(1);
  });

  test('reaches a client that wants the connection closed, and reads only once it has sent all', async () => {
    const { port } = await serve();
    const socket = connect(port, '127.0.0.1').pause();
    const fields = ['Host: x', 'Content-Type: application/json', 'Connection: close'];
    const length = `Content-Length: ${20 * CHUNK.length}`;
    socket.write(`${['POST / HTTP/1.1', ...fields, length].join('\r\n')}\r\n\r\n`);
    for (let sent = 0; sent < 20; sent++) {
      await new Promise((resolve) => socket.write(CHUNK, resolve));
      await pause(10);
    }
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('is the last word to a client that never ends', async () => {
    const { port } = await serve();
    const heard = await new Promise<string>((resolve) => {
      let answer = '';
      const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`${head}Transfer-Encoding: chunked\r\n\r\nfa00\r\n${CHUNK}\r\n`);
      });
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        answer += bytes;
      });
      socket.on('close', () => resolve(answer));
    });
    expect(heard).toMatch(/^HTTP\/1\.1 413 /);
  });
});
