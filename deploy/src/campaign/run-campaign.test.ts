import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { EXIT, runCampaign } from './run-campaign.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const progress = (status: string, done: number, more: object = {}) => ({
  ...{ batchId: 'b1', name: 'Weekly', status, totalUsers: 200, processedUsers: done },
  ...{ successCount: done, failureCount: 0, skippedCount: 0, unknownCount: 0, cancelledCount: 0 },
  ...{ progress: done / 2, estimatedTimeRemaining: null, limitedBy: null, contentHash: 'h' },
  ...{ failure: null, createdAt: '2026-01-01T00:00:00.000Z', ...more },
});

type Answers = Readonly<Record<string, (asked: Asked) => readonly [status: number, body: unknown]>>;
interface Asked {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An admin BFF that answers as told, and what it was asked. */
async function world(answers: Answers) {
  const asked: (Asked & { readonly what: string })[] = [];
  const server = createServer(async (req: IncomingMessage, res: ServerResponse) => {
    let body = '';
    for await (const part of req) body += part;
    const what = `${req.method} ${req.url}`;
    asked.push({ what, headers: req.headers, body });
    const all: Answers = { 'POST /auth/login': () => [200, { accessToken: 't' }], ...answers };
    const [status, content] = all[what]?.({ headers: req.headers, body }) ?? [404, {}];
    res.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' });
    res.end(JSON.stringify(content));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => void server.close());
  const folder = await mkdtemp(join(tmpdir(), 'campaign-'));
  undo.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'people.csv'), 'email\nada@example.com\n');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = async (...args: string[]) => {
    let said = '';
    const code = await runCampaign(args, {
      calledFrom: folder,
      env: { CLOUDPHONE_ADMIN_URL: url, CLOUDPHONE_USER: 'ops', CLOUDPHONE_PASSWORD: 'secret' },
      write: (text) => {
        said += text;
      },
      isTerminal: false,
    });
    return { code, said };
  };
  return { run, asked, url };
}

const uploaded = {
  ...{ id: 'u1', accepted: 1, duplicates: 2, rejected: 1 },
  issues: [{ line: 3, message: 'names nobody' }],
};

describe('npm run campaign', () => {
  test('create --watch uploads the file, creates under a key and shows each step to the end', async () => {
    const steps = [
      progress('preparing', 0),
      progress('processing', 50),
      progress('completed', 200),
    ];
    const { run, asked } = await world({
      'POST /notifications/uploads': () => [201, uploaded],
      'POST /notifications/bulk': () => [202, { batchId: 'b1', status: 'preparing' }],
      'GET /notifications/bulk/b1': () => [200, steps.shift()],
    });
    const { code, said } = await run(
      ...['create', '--csv', 'people.csv', '--template', 'billing.low_balance'],
      ...['--channels', 'email,websocket', '--data', 'amount=12', '--data', 'currency=CNY'],
      ...['--rate', '50', '--key', 'k1', '--watch'],
    );
    expect(code).toBe(EXIT.done);
    expect(said).toContain('1 people, 2 named twice, 1 rows left out\n  line 3: names nobody\n');
    expect(said).toMatch(/25\.0 %.*50\/200.*processing[\s\S]*100\.0 %.*200\/200.*completed\n$/);
    const [logIn, file, created] = asked;
    expect(JSON.parse(logIn?.body ?? '')).toEqual({ username: 'ops', password: 'secret' });
    expect(file).toMatchObject({ body: 'email\nada@example.com\n' });
    expect(file?.headers).toMatchObject({ 'content-type': 'text/csv', authorization: 'Bearer t' });
    expect(created?.headers['idempotency-key']).toBe('k1');
    expect(JSON.parse(created?.body ?? '')).toEqual({
      templateCode: 'billing.low_balance',
      channels: ['email', 'websocket'],
      data: { amount: 12, currency: 'CNY' },
      rate: 50,
      audience: { csv: 'u1' },
    });
  });

  test('says everything that is refused, and exits with 1', async () => {
    const issues = [{ path: 'body.templateCode', message: 'there is no such template' }];
    const { run } = await world({
      'POST /notifications/bulk': () => [422, { title: 'Some input is not valid.', issues }],
    });
    const { code, said } = await run('create', '--segment', 's1', '--template', 'no.such');
    expect([code, said]).toEqual([
      EXIT.refused,
      'Some input is not valid.\n  templateCode: there is no such template\n',
    ]);
  });

  test.each([
    ['no command', [], 'Say what to do'],
    ['nobody to send to', ['create', '--template', 'a.b'], 'Say to whom'],
    ['nothing to send', ['create', '--csv', 'people.csv'], 'Say what to send'],
    ['a batch that is not named', ['status'], 'missing required args'],
    ['an option that nobody knows', ['list', '--nobody'], 'Unknown option'],
  ])('%s → exits with 2', async (_what, args, words) => {
    const { run, asked } = await world({});
    const { code, said } = await run(...args);
    expect(code).toBe(EXIT.misused);
    expect(said).toContain(words);
    expect(asked).toEqual([]);
  });

  test('watching ends with 3 where it fails, or where somebody else has to approve', async () => {
    const failed = progress('failed', 0, { failure: 'Nobody fits its audience.' });
    const { run } = await world({
      'GET /notifications/bulk/b1': () => [200, failed],
      'GET /notifications/bulk/b2': () => [200, progress('awaiting_approval', 0)],
    });
    const one = await run('status', 'b1', '--watch');
    expect([one.code, one.said]).toEqual([3, expect.stringContaining('Nobody fits its audience.')]);
    const other = await run('status', 'b2', '--watch');
    expect([other.code, other.said]).toEqual([3, expect.stringContaining('content hash h')]);
  });

  test.each(['pause', 'resume', 'cancel'])('%s does so and shows what came of it', async (step) => {
    const { run } = await world({
      [`POST /notifications/bulk/b1/${step}`]: () => [200, progress('paused', 20)],
    });
    const { code, said } = await run(step, 'b1');
    expect([code, said]).toEqual([0, expect.stringContaining('20/200')]);
  });

  test('lists campaigns; logs in again when the log-in has expired; says when nothing is there', async () => {
    let isExpired = true;
    const { run, asked, url } = await world({
      'GET /notifications/bulk?limit=20&status=paused': () => {
        const answer = isExpired ? 401 : 200;
        isExpired = false;
        return [answer, { items: [progress('paused', 20)] }];
      },
    });
    const { code, said } = await run('list', '--status', 'paused');
    expect([code, said]).toEqual([0, expect.stringMatching(/^b1 {2}2026.*Weekly\n$/)]);
    expect(asked.filter(({ what }) => what === 'POST /auth/login')).toHaveLength(2);
    const away = await run('list', '--url', 'http://127.0.0.1:1');
    expect(away).toMatchObject({ code: 1, said: expect.stringContaining('Nothing answers') });
    expect(url).not.toBe('');
  });
});
