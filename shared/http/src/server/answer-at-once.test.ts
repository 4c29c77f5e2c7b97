import { connect } from 'node:net';
import { whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { buildServer } from '../fixtures/test-server.ts';
import { prepareHead } from './answer-at-once.ts';

const SHORT = Buffer.from('{"name":"手机 é \u0000"}');
const LONG = Buffer.from(JSON.stringify('長'.repeat(200_000)));

const headFor = (body: Buffer) =>
  prepareHead({
    status: 200,
    changing: 'x-asked',
    others: ['content-type', 'application/json', 'content-length', `${body.length}`],
  });
const HEADS = new Map([
  ['/short', { head: headFor(SHORT), body: SHORT }],
  ['/long', { head: headFor(LONG), body: LONG }],
  ['/same', { head: prepareHead({ status: 304, changing: 'x-asked', others: ['etag', '"a"'] }) }],
]);

/** `/short`, `/long` and `/same` at once; `/node/…` the same as Node writes it; `/late` when told. */
async function openServer() {
  let openLate = () => {};
  const late = new Promise<void>((resolve) => {
    openLate = resolve;
  });
  const server = buildServer({
    intercept:
      ({ answer }) =>
      (req, res) => {
        const url = req.url ?? '';
        if (url === '/late') {
          void late.then(() => res.end('late'));
          return url;
        }
        const known = HEADS.get(url.replace('/node', ''));
        if (known === undefined) return undefined;
        const { head } = known;
        const body = 'body' in known ? known.body : undefined;
        if (url.startsWith('/node')) {
          res.writeHead(head.status, [head.changing, url, ...head.others]).end(body);
        } else {
          answer(res, { head, value: url, ...(body && { body }) });
        }
        return url;
      },
  });
  const port = await server.listen(0, '127.0.0.1');
  whenDone(() => server.close());
  return { server, port, openLate };
}

/** Writes the bytes, and reads until the server ends the connection. */
function exchange(port: number, bytes: string, onData?: (all: Buffer) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      onData?.(Buffer.concat(chunks));
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const LAST = get('/node/same', 'Connection: close\r\n');
const withoutDate = (bytes: Buffer) => bytes.toString('latin1').replace(/^Date: .*GMT\r$/gm, '');
const statusLines = (bytes: Buffer) => bytes.toString('latin1').match(/HTTP\/1\.1 \d+/g);

describe('an answer written at once', () => {
  test.each(['/short', '/long', '/same'])('%s is byte for byte what Node writes', async (path) => {
    const { port } = await openServer();
    const atOnce = await exchange(port, get(path) + LAST);
    const byNode = await exchange(port, get(`/node${path}`) + LAST);
    expect(withoutDate(atOnce)).toBe(withoutDate(byNode).replace(`: /node${path}`, `: ${path}`));
    expect(atOnce.toString('latin1')).toMatch(/Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n/);
  });

  test('many over one connection, one after another, each whole', async () => {
    const { port } = await openServer();
    let asked = 1;
    const got = await new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(port, '127.0.0.1', () => socket.write(get('/short')));
      socket.on('data', (chunk) => {
        chunks.push(chunk);
        if (asked++ < 20) socket.write(asked === 20 ? LAST : get('/short'));
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(Buffer.concat(chunks)));
    });
    expect(statusLines(got)).toHaveLength(20);
    expect(got.toString().split(SHORT.toString())).toHaveLength(20);
  });

  test('many asked for at once come in their order, behind one that takes its time too', async () => {
    const { port, openLate } = await openServer();
    const paths = ['/short', '/late', '/same', '/long', '/short'];
    const got = await exchange(port, paths.map((path) => get(path)).join('') + LAST, (all) => {
      if (all.includes('/short')) openLate();
    });
    const order = got.toString().match(/x-asked: \S+|late/g);
    expect(order).toEqual([
      'x-asked: /short',
      'late',
      'x-asked: /same',
      'x-asked: /long',
      'x-asked: /short',
      'x-asked: /node/same',
    ]);
    expect(got.includes(LONG)).toBe(true);
  });

  test.each([
    ['a client that says so', get('/short', 'Connection: close\r\n')],
    ['HTTP/1.0', 'GET /short HTTP/1.0\r\n\r\n'],
  ])('ends the connection for %s', async (_who, bytes) => {
    const { port } = await openServer();
    const got = await exchange(port, bytes);
    expect(got.toString()).toContain('Connection: close\r\n');
    expect(got.subarray(-SHORT.length).equals(SHORT)).toBe(true);
  });

  test('leaves a connection that rests: closing the server waits for none', async () => {
    const { server, port } = await openServer();
    const ended = exchange(port, get('/short'), (all) => {
      if (all.includes(SHORT)) void server.close();
    });
    expect(statusLines(await ended)).toEqual(['HTTP/1.1 200']);
  });

  test('is over before what breaks the grammar behind it is told so', async () => {
    const { port } = await openServer();
    const got = await exchange(port, `${get('/short')}no HTTP\r\n\r\n`);
    expect(statusLines(got)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  test('tells whoever waits for the end of the answer', async () => {
    const told: string[] = [];
    const server = buildServer({
      intercept:
        ({ answer }) =>
        (_req, res) => {
          for (const name of ['finish', 'close']) res.once(name, () => told.push(name));
          answer(res, { head: headFor(SHORT), value: 'x', body: SHORT });
          return '/';
        },
    });
    const port = await server.listen(0, '127.0.0.1');
    await exchange(port, get('/'), () => void server.close());
    expect(told).toEqual(['finish', 'close']);
  });
});

test('a head that would break out of its line cannot be prepared', () => {
  const prepare = () => prepareHead({ status: 200, changing: 'a', others: ['b', 'c\r\nd: e'] });
  expect(prepare).toThrow(/Invalid character/);
});
