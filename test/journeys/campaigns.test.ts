import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type {
  CampaignProgress,
  CampaignReport,
  Notification,
  Page,
  Upload,
} from '@cloudphone/contracts';
import { type Platform, startPlatform, temporaryFolder } from '@cloudphone/deploy';
import { demoPerson } from '@cloudphone/domain-service';
import { connectPostgres, sql } from '@cloudphone/postgres';
import { randomId, silentLogger } from '@cloudphone/runtime';
import { until, whenDone } from '@cloudphone/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, logIn, openSession } from './person.ts';

const SEEDED = 40;
const MANY = 5_000;
const people = Array.from({ length: SEEDED }, (_, index) => demoPerson(index + 1));
const HEALED = { timeoutMs: 60_000, everyMs: 100 };

let platform: Platform;
let dataDir: string;
let admin: Actor;
let ops: Actor;

beforeAll(async () => {
  dataDir = await temporaryFolder('cloudphone-campaigns-');
  platform = await startPlatform({
    dataDir,
    isDemo: true,
    env: {
      ...process.env,
      ...{ SEED_USERS: String(SEEDED), CAMPAIGN_APPROVAL_ABOVE: String(SEEDED + 1) },
    },
  });
  admin = await logIn(platform.urls.adminBff, 'admin', 'admin-demo');
  ops = await logIn(platform.urls.adminBff, 'ops', 'ops-demo');
}, 180_000);

afterAll(async () => {
  await platform?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

const hello = (userIds: readonly string[]) => ({ userIds, templateCode: 'user.registered' });
const create = async (who: Actor, body: object): Promise<{ batchId: string; status: string }> => {
  const key = { 'idempotency-key': randomId() };
  const made = await who.send('POST', '/notifications/bulk', body, { headers: key });
  expect(made.status, JSON.stringify(made.body)).toBe(202);
  return made.body as { batchId: string; status: string };
};
const progressOf = async (batchId: string) =>
  (await ops.get<CampaignProgress>(`/notifications/bulk/${batchId}`)).body;
const finished = (batchId: string) =>
  until(async () => {
    const progress = await progressOf(batchId);
    return progress.status === 'completed' ? progress : undefined;
  }, HEALED);
/** Whom a provider was given a message for, one entry a message. */
async function captured(batchId: string): Promise<string[]> {
  const path = `/admin/captured-messages?limit=200&batchId=${batchId}`;
  const { status, body } = await admin.get<Page<{ address: string }>>(path);
  expect(status).toBe(200);
  return body.items.map(({ address }) => address).sort();
}
const addresses = people.map(({ email }) => email).sort();

describe('the terminal', () => {
  /** As people call it: a program of its own. */
  async function campaign(...args: string[]) {
    const child = spawn('npm', ['run', '--silent', 'campaign', '--', ...args], {
      env: {
        ...process.env,
        CLOUDPHONE_ADMIN_URL: platform.urls.adminBff,
        CLOUDPHONE_USER: 'ops',
        CLOUDPHONE_PASSWORD: 'ops-demo',
      },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part: Buffer) => {
        said += part;
      });
    }
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, said };
  }

  test('sends to everybody of a file once, and stays until the bar is full', async () => {
    const file = join(dataDir, 'people.csv');
    const rows = [...people, ...people.slice(0, 5)].map(({ email }, at) => `${email},Phone ${at}`);
    await writeFile(file, ['email,deviceName', ...rows, 'nobody@example.com,x', ''].join('\n'));
    const { code, said } = await campaign(
      ...['create', '--csv', file, '--template', 'device.created'],
      ...['--channels', 'email', '--watch'],
    );
    expect(code, said).toBe(0);
    expect(said).toContain(`${SEEDED} people, 5 named twice, 1 rows left out`);
    expect(said).toContain('line 47: nobody is “nobody@example.com”');
    const last = said.trimEnd().split('\n').at(-1) ?? '';
    expect(last).toBe(`${'█'.repeat(30)} 100.0 %  ${SEEDED}/${SEEDED}  ${SEEDED} sent  completed`);
    const batchId = /^([0-9a-f-]{36}) {2}preparing$/m.exec(said)?.[1] ?? '';
    expect(await captured(batchId)).toEqual(addresses);
  });

  test('says what the API refuses, and ends with 1', async () => {
    const file = join(dataDir, 'one.csv');
    await writeFile(file, `email\n${people[0]?.email}\n`);
    const { code, said } = await campaign('create', '--csv', file, '--template', 'no.such');
    expect(code).toBe(1);
    expect(said).toContain('templateCode: there is no such template');
  });
});

test('a dry run counts exactly who would be reached, and reaches nobody', async () => {
  const stranger = randomId();
  const { batchId } = await create(ops, {
    ...hello([...people.map(({ id }) => id), stranger]),
    ...{ channels: ['email'], dryRun: true },
  });
  expect(await finished(batchId)).toMatchObject({
    ...{ isDryRun: true, successCount: SEEDED, skippedCount: 1, processedUsers: SEEDED + 1 },
  });
  const { body } = await ops.get<CampaignReport>(`/notifications/bulk/${batchId}/report`);
  expect(body.skipped).toEqual([{ channel: 'email', code: 'unknown_person', count: 1 }]);
  expect(await captured(batchId)).toEqual([]);
});

test('a message is acknowledged and read over the socket: told once, counted down', async () => {
  const user = await logIn(platform.urls.userBff, 'user001', 'user-demo');
  const socket = await user.connect(platform.urls.userBff);
  whenDone(async () => void socket.disconnect());
  const frames: { channel: string; data: Notification }[] = [];
  const pushed: { data: { ids: string[] } }[] = [];
  socket.on('notification', (frame) => frames.push(frame));
  socket.on('notification.pushed', (frame) => pushed.push(frame));
  const unread = async () =>
    (await user.get<{ unread: number }>('/me/notifications/unread-count')).body.unread;
  await create(ops, { ...hello([user.id]), channels: ['websocket'] });
  const [frame] = await until(() => (frames.length > 0 ? frames : undefined), HEALED);
  const ids = [frame?.data.id];
  const ack = () => socket.emitWithAck('ack', { channel: frame?.channel, ids });
  expect([await ack(), await ack()]).toEqual([{ ok: true }, { ok: true }]);
  await until(() => pushed.length > 0, HEALED);
  expect(pushed.map(({ data }) => data.ids)).toEqual([ids]);
  const before = await unread();
  const read = await socket.emitWithAck('notification:read', { notificationId: ids[0] });
  expect(read).toEqual({ ok: true, unread: before - 1 });
  await until(async () => (await unread()) === before - 1, HEALED);
  const others = { channel: `user:${people[1]?.id}`, ids };
  expect(await socket.emitWithAck('ack', others)).toEqual({ ok: false, code: 'forbidden' });
});

describe('a campaign for twenty thousand', () => {
  let batchId: string;

  test('waits for a second person, who approves what they looked at', async () => {
    const { batchId: made, status } = await create(ops, {
      ...hello(await contactsOf(MANY)),
      channels: ['websocket'],
    });
    batchId = made;
    expect(status).toBe('awaiting_approval');
    const { contentHash } = await progressOf(batchId);
    const approve = (who: Actor, hash: unknown) =>
      who.send<{ code?: string }>('POST', `/notifications/bulk/${batchId}/approve`, {
        contentHash: hash,
      });
    expect((await approve(ops, contentHash)).body.code).toBe('second_person_needed');
    expect((await approve(admin, 'f'.repeat(64))).body.code).toBe('version_conflict');
    const patched = await ops.send('PATCH', `/notifications/bulk/${batchId}`, { name: 'Edited' });
    expect(patched.status).toBe(200);
    expect((await approve(admin, contentHash)).body.code).toBe('version_conflict');
    expect((await progressOf(batchId)).status).toBe('awaiting_approval');
    expect((await approve(admin, (await progressOf(batchId)).contentHash)).status).toBe(200);
  });

  test('is polled while it is sent: every answer adds up, says when to ask again, and is short', async () => {
    const beganMs = performance.now();
    const tookMs: number[] = [];
    const seen: CampaignProgress[] = [];
    const hints = new Set<string>();
    let etag = '';
    let unchanged = 0;
    const last = await until(
      async () => {
        const startedMs = performance.now();
        const { status, body, headers } = await ops.get<CampaignProgress>(
          `/notifications/bulk/${batchId}`,
          { headers: { 'if-none-match': etag } },
        );
        tookMs.push(performance.now() - startedMs);
        if (status === 304) {
          unchanged += 1;
          return undefined;
        }
        etag = headers.get('etag') ?? '';
        seen.push(body);
        hints.add(`${body.status} ${headers.get('retry-after')}`);
        return body.status === 'completed' ? body : undefined;
      },
      { what: 'the end of the campaign', timeoutMs: 270_000, everyMs: 10 },
    );
    expect([...hints].sort()).toEqual(['completed null', 'processing 1']);
    for (const [index, poll] of seen.entries()) {
      const { successCount, failureCount, skippedCount, unknownCount, cancelledCount } = poll;
      const sum = successCount + failureCount + skippedCount + unknownCount + cancelledCount;
      expect(sum).toBe(poll.processedUsers);
      expect(sum).toBeGreaterThanOrEqual(seen[index - 1]?.processedUsers ?? 0);
    }
    expect(last).toMatchObject({ successCount: MANY, failureCount: 0, progress: 100 });
    expect(seen.length).toBeGreaterThan(3);
    const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0);
    tookMs.sort((one, other) => one - other);
    const p = (share: number) => tookMs[Math.floor(tookMs.length * share)]?.toFixed(1);
    const load = loadavg()[0]?.toFixed(1);
    console.log(
      `polling while ${MANY} are sent to in ${seconds} s: ${tookMs.length} polls, ${unchanged} unchanged, ` +
        `p50 ${p(0.5)} ms, p99 ${p(0.99)} ms, load ${load}`,
    );
    const again = await ops.get(`/notifications/bulk/${batchId}`, {
      headers: { 'if-none-match': etag },
    });
    expect(again.status).toBe(304);
  }, 280_000);

  test.each(['csv', 'ndjson'])('is exported whole as %s', async (kind) => {
    const url = `${platform.urls.adminBff}/notifications/bulk/${batchId}/recipients.${kind}`;
    const file = await fetch(url, { headers: { authorization: `Bearer ${ops.accessToken}` } });
    expect(file.status).toBe(200);
    const lines = (await file.text()).trimEnd().split(/\r?\n/);
    const rows = kind === 'csv' ? lines.slice(1) : lines;
    const ids = rows.map((row) =>
      kind === 'csv' ? row.split(',')[0] : (JSON.parse(row) as { userId: string }).userId,
    );
    expect(new Set(ids).size).toBe(MANY);
    expect(rows).toHaveLength(MANY);
    expect(rows.every((row) => row.includes('sent'))).toBe(true);
  });
});

describe('the queues', () => {
  const look = (headers: Readonly<Record<string, string>>) =>
    fetch(`${platform.urls.adminBff}/admin/queues`, { headers, redirect: 'manual' });

  test('are a page behind a session, for those who may see queues', async () => {
    const cookie = await openSession(platform.urls.adminBff, 'ops', 'ops-demo');
    const page = await look({ cookie });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<html');
    const api = await fetch(`${platform.urls.adminBff}/admin/queues/api/queues`, {
      headers: { cookie },
    });
    const { queues } = (await api.json()) as { queues: { name: string }[] };
    expect(queues.map(({ name }) => name).sort()).toEqual(['campaign', 'campaign-urgent']);
    expect(
      (await look({ cookie: await openSession(platform.urls.adminBff, 'finance', 'finance-demo') }))
        .status,
    ).toBe(403);
    expect((await look({})).status).toBe(401);
  });
});

test('a file of fifty megabytes goes through the BFF without staying in its memory', async () => {
  const file = join(dataDir, 'large.csv');
  const rows = await writeLargeFile(file, 49_900_000);
  const bff = platform.process('bff-admin');
  const before = await rssMegabytes(bff.pid);
  let highest = before;
  const watch = setInterval(
    () =>
      void rssMegabytes(bff.pid).then((now) => {
        highest = Math.max(highest, now);
      }),
    25,
  );
  const send = () =>
    fetch(`${platform.urls.adminBff}/notifications/uploads`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ops.accessToken}`, 'content-type': 'text/csv' },
      body: Readable.toWeb(createReadStream(file)) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
  // Again where one of the many questions to the user service was not answered in time.
  const sent = await until(async () => {
    const answer = await send();
    return answer.status < 500 && answer;
  }, HEALED).finally(() => clearInterval(watch));
  const body = (await sent.json()) as Upload;
  console.log(`upload of 49.9 MB: RSS of the BFF ${before} MB before, ${highest} MB at most`);
  expect(sent.status, JSON.stringify(body)).toBe(201);
  expect(body).toMatchObject({ rows, accepted: SEEDED, duplicates: rows - SEEDED });
  expect(highest - before).toBeLessThan(80);
});

test('a campaign whose worker is killed before its time, and again half-way, reaches everybody once', async () => {
  const worker = platform.process('notification-worker');
  const at = new Date(Date.now() + 15_000).toISOString().slice(0, 19);
  const { batchId, status } = await create(ops, {
    ...hello(people.map(({ id }) => id)),
    ...{ channels: ['email'], rate: 4, schedule: { at, timeZone: 'UTC' } },
  });
  expect(status).toBe('scheduled');
  await worker.kill();
  const halfWay = await until(async () => {
    const progress = await progressOf(batchId);
    return progress.processedUsers > 0 ? progress : undefined;
  }, HEALED);
  await worker.kill();
  expect(halfWay.processedUsers).toBeLessThan(SEEDED);
  expect(Date.parse(halfWay.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(`${at}Z`));
  expect(await finished(batchId)).toMatchObject({ totalUsers: SEEDED, successCount: SEEDED });
  expect(await captured(batchId)).toEqual(addresses);
});

/** So many more people than the demo has, as far as sending knows people. */
async function contactsOf(count: number): Promise<string[]> {
  const url = new URL(platform.postgres.url);
  url.pathname = '/cloudphone_notification';
  const postgres = connectPostgres({ url: url.href, name: 'journey', logger: silentLogger });
  const { rows } = await sql<{ user_id: string }>`
    insert into contacts (user_id, name, email, locale, time_zone, version, tenant_id, roles)
    select gen_random_uuid(), 'Person ' || n, 'p' || n || '@many.example', 'en', 'UTC', 1,
      (select tenant_id from contacts where tenant_id is not null limit 1), '{customer}'
    from generate_series(1, ${count}) as n
    returning user_id`.execute(postgres.db);
  await postgres.close();
  return rows.map(({ user_id: userId }) => userId);
}

async function writeLargeFile(path: string, bytes: number): Promise<number> {
  const file = await open(path, 'w');
  const note = 'x'.repeat(1_900);
  let written = (await file.write('userId,note\n')).bytesWritten;
  let rows = 0;
  while (written < bytes - 200_000) {
    const page = Array.from({ length: 100 }, (_, at) => `${people[at % SEEDED]?.id},${note}\n`);
    written += (await file.write(page.join(''))).bytesWritten;
    rows += page.length;
  }
  await file.close();
  return rows;
}

async function rssMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024);
}
