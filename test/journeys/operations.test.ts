import { rm } from 'node:fs/promises';
import {
  type AuditRecord,
  type CatalogueApp,
  type DeadLetter,
  type EventFlow,
  HEADERS,
  type Page,
  type Person,
  type PoolTotals,
  type Preferences,
  type Settings,
} from '@cloudphone/contracts';
import { type Platform, startPlatform, temporaryFolder } from '@cloudphone/deploy';
import type { EventLogTables } from '@cloudphone/event-log';
import { connectPostgres } from '@cloudphone/postgres';
import { randomId, silentLogger, timeOrderedId } from '@cloudphone/runtime';
import { until, whenDone } from '@cloudphone/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, logIn } from './person.ts';
import { ask, askPatiently } from './refusals/ask.ts';
import { expectRefusal } from './refusals/refusal.ts';
import { bearer } from './refusals/tokens.ts';

/** What follows from something is there well within this, on a machine that is busy. */
const SOON = { timeoutMs: 20_000, everyMs: 100 };

let platform: Platform;
let dataDir: string;
let admin: Actor;
let person: Actor;
/** Of another tenant. */
let stranger: Actor;

beforeAll(async () => {
  dataDir = await temporaryFolder('cloudphone-operations-');
  platform = await startPlatform({
    dataDir,
    isDemo: true,
    env: { ...process.env, SEED_USERS: '12' },
  });
  const { adminBff, userBff } = platform.urls;
  admin = await logIn(adminBff, 'admin', 'admin-demo');
  person = await logIn(userBff, 'user001', 'user-demo');
  stranger = await logIn(userBff, 'user002', 'user-demo');
}, 180_000);

afterAll(async () => {
  await platform?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

interface RecentEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
}

async function eventsOf(query: string): Promise<readonly RecentEvent[]> {
  const { status, body } = await admin.get<Page<RecentEvent>>(`/admin/events?${query}`);
  expect(status).toBe(200);
  return body.items;
}

async function rename(id: string): Promise<string> {
  const name = `Renamed ${randomId()}`;
  const { status, headers } = await admin.send('PATCH', `/admin/users/${id}`, { name });
  expect(status).toBe(200);
  return headers.get(HEADERS.consistencyToken) ?? '';
}

describe('recent events', () => {
  test('are found by type, by subject and by time, newest first', async () => {
    const subject = `user/${person.id}`;
    const startedAt = new Date().toISOString();
    await rename(person.id);
    await rename(stranger.id);
    const both = await until(async () => {
      const found = await eventsOf(`type=user.updated&since=${startedAt}`);
      return found.length === 2 && found;
    }, SOON);
    expect(both.map((event) => event.subject)).toEqual([`user/${stranger.id}`, subject]);
    const ofOne = await eventsOf(`subject=${subject}&since=${startedAt}`);
    expect(ofOne.map(({ type }) => type)).toContain('user.updated');
    expect(new Set(ofOne.map((event) => event.subject))).toEqual(new Set([subject]));
    expect(await eventsOf(`since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
  });

  test('come a page at a time, each once', async () => {
    await until(async () => (await eventsOf('limit=4')).length === 4, SOON);
    const path = '/admin/events?limit=2';
    const { body: first } = await admin.get<Page<RecentEvent>>(path);
    const { body: second } = await admin.get<Page<RecentEvent>>(
      `${path}&cursor=${first.nextCursor}`,
    );
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });

  test('are counted: every service says where its events are', async () => {
    // A service that is out of breath is shown without what it says.
    const body = await until(async () => {
      const answer = await admin.get<{
        services: { service: string; flow: EventFlow | null }[];
        log: object | null;
      }>('/admin/events/stats');
      expect(answer.status).toBe(200);
      return answer.body.services.every(({ flow }) => flow !== null) && answer.body;
    });
    expect(body.log).not.toBeNull();
    expect(body.services.map(({ service }) => service).sort()).toEqual(
      ['app', 'billing', 'device', 'notification', 'user'].sort(),
    );
    for (const { flow } of body.services) {
      expect(flow?.outbox).toMatchObject({ refused: 0, isRelaying: true });
    }
  });
});

describe('a dead letter', () => {
  test('is listed, shown with its event, replayed and at last discarded', async () => {
    const eventId = await publishWhatNobodyCanFollow();
    const letters = async () => {
      const path = '/admin/dead-letters?service=device&type=order.paid';
      const { status, body } = await admin.get<Page<DeadLetter>>(path);
      expect(status).toBe(200);
      return body.items.filter((letter) => letter.eventId === eventId);
    };
    const [parked] = await until(async () => {
      const found = await letters();
      return found[0]?.state === 'parked' && found;
    }, SOON);
    expect(parked).toMatchObject({ type: 'order.paid', attempts: 3 });

    const at = (rest: string) => `/admin/dead-letters/device/${rest}`;
    const { body: one } = await admin.get<DeadLetter & { envelope: object }>(at(eventId));
    expect(one).toMatchObject({ envelope: { id: eventId, data: {} } });
    expect(one.error).toContain('allocate-devices');

    const chosen = { ids: [eventId] };
    const replayed = await admin.send('POST', at('replay'), chosen);
    expect([replayed.status, replayed.body]).toEqual([202, { accepted: 1 }]);
    // It is as broken as before.
    await until(async () => {
      const [again] = await letters();
      return again?.state === 'parked' && again.attempts === 6;
    }, SOON);

    const discarded = await admin.send('POST', at('discard'), chosen);
    expect([discarded.status, discarded.body]).toEqual([202, { accepted: 1 }]);
    await until(async () => (await letters()).length === 0, SOON);
    const { status } = await admin.get(at(eventId));
    expect(status).toBe(404);
    const again = await admin.send('POST', at('discard'), chosen);
    expect([again.status, again.body]).toEqual([202, { accepted: 0 }]);
    const judged = 'type=system.dead_letters_judged';
    await until(async () => (await eventsOf(judged)).length === 2, SOON);
  });

  test('is judged by ids or by a filter, never by both or neither', async () => {
    for (const body of [{}, { ids: ['nobody'], filter: {} }]) {
      const path = '/admin/dead-letters/device/discard';
      const reply = await ask(platform.urls.adminBff, {
        method: 'POST',
        path,
        headers: { ...bearer(admin.accessToken), 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expectRefusal(reply, path, { code: 'invalid_input', issues: ['body'] });
    }
  });
});

/** An event whose data is not what its type promises, as no writer of ours would let through. */
async function publishWhatNobodyCanFollow(): Promise<string> {
  const url = new URL(platform.postgres.url);
  url.pathname = '/cloudphone_billing';
  const postgres = connectPostgres<EventLogTables>({
    url: url.href,
    name: 'saboteur',
    logger: silentLogger,
  });
  whenDone(() => postgres.close());
  const [id, orderId] = [timeOrderedId(Date.now()), randomId()];
  const envelope = {
    ...{ specversion: '1.0', id, source: '/services/billing', type: 'order.paid' },
    ...{ subject: `order/${orderId}`, time: new Date().toISOString() },
    ...{ datacontenttype: 'application/json', tags: `order:${orderId}`, data: {} },
  };
  await postgres.db
    .insertInto('outbox')
    .values({
      ...{ id, key: `order:${orderId}`, type: 'order.paid', traceparent: null },
      ...{ payload: JSON.stringify({ envelope, deliveries: [] }) },
      ...{ log_epoch: null, log_seq: null, refused: null },
    })
    .execute();
  return id;
}

describe('what staff changes', () => {
  test('is on record: who, what, of what, and which fields', async () => {
    const since = new Date().toISOString();
    // A change of roles ends what the person's log-ins may do: nobody else here is user004.
    const { body: found } = await admin.get<Page<Person>>('/admin/users?q=user004&limit=1');
    const id = found.items[0]?.id;
    const path = `/admin/users/${id}/roles`;
    const { status } = await admin.send('PUT', path, { roles: ['customer', 'support'] });
    expect(status).toBe(200);
    const query = `actor=${admin.id}&action=user.roles_changed&since=${since}`;
    const record = await until(async () => {
      const { body } = await admin.get<Page<AuditRecord>>(`/admin/audit?${query}`);
      return body.items[0];
    }, SOON);
    expect(record).toMatchObject({
      ...{ actorId: admin.id, actorName: 'admin', subject: `user/${id}` },
    });
    expect(record.fields).toContain('roles');
  });
});

describe('settings', () => {
  test('are changed by whoever saw them last; whoever did not is told the version', async () => {
    const { body: before, headers } = await admin.get<Settings>('/admin/settings');
    const { version, updatedAt: _, ...fields } = before;
    const seen = { headers: { 'if-match': headers.get('etag') ?? '' } };
    const changed = { ...fields, senderName: `Sender ${version}` };
    const first = await admin.send<Settings>('PUT', '/admin/settings', changed, seen);
    expect([first.status, first.body.version]).toEqual([200, version + 1]);
    const late = await admin.send<{ code: string; currentVersion: number }>(
      'PUT',
      '/admin/settings',
      fields,
      seen,
    );
    expect([late.status, late.body.code]).toEqual([409, 'version_conflict']);
    expect(late.body.currentVersion).toBe(version + 1);
    expect((await admin.get<Settings>('/admin/settings')).body).toEqual(first.body);
  });
});

describe('an announcement', () => {
  test('to a tenant reaches its people at their sockets and in their inboxes, and no others', async () => {
    const { body: found } = await admin.get<Page<Person>>('/admin/users?q=user001&limit=1');
    const tenant = found.items[0]?.tenantId;
    const heard = { ours: await hear(person), theirs: await hear(stranger) };
    const announce = async (title: string, audience: object | string) => {
      const said = { title, body: 'Tonight.', audience };
      expect((await admin.send('POST', '/admin/announcements', said)).status).toBe(201);
    };
    await announce('For some', { tenant });
    await announce('For all', 'everyone');
    await until(() => heard.theirs.length > 0 && heard.ours.length > 1, SOON);
    expect(heard.ours).toEqual(['For some', 'For all']);
    expect(heard.theirs).toEqual(['For all']);
    const inboxOf = async (actor: Actor) => {
      const { body } = await actor.get<Page<{ title: string }>>('/me/notifications?limit=20');
      return body.items.map(({ title }) => title).filter((title) => title.startsWith('For '));
    };
    await until(async () => (await inboxOf(person)).length === 2, SOON);
    expect(await inboxOf(stranger)).toEqual(['For all']);
  });
});

async function hear(actor: Actor): Promise<readonly string[]> {
  const socket = await actor.connect(platform.urls.userBff);
  whenDone(async () => void socket.disconnect());
  const titles: string[] = [];
  socket.on('system.announcement', ({ data }) => titles.push(data.title));
  return titles;
}

describe('a mail’s link to end such mails', () => {
  test('works by one click: no log-in, no header of ours, whatever cookie comes along', async () => {
    const path = await linkOf(await sendMail());
    const reply = await ask(platform.urls.userBff, {
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        cookie: `${await sessionCookie()}; other=1`,
      },
      body: 'List-Unsubscribe=One-Click',
    });
    expect([reply.status, reply.json]).toEqual([200, { category: 'system', channel: 'email' }]);
    await until(async () => {
      const { body } = await person.get<Preferences>('/me/preferences');
      return !body.channels.system.includes('email');
    }, SOON);
  });

  test('that somebody made up is not found', async () => {
    const path = '/unsubscribe/nobody.knows';
    const reply = await askPatiently(platform.urls.userBff, { method: 'POST', path });
    expectRefusal(reply, path, { code: 'not_found' });
  });
});

async function sendMail(): Promise<string> {
  const campaign = {
    ...{ userIds: [person.id], templateCode: 'system.maintenance', channels: ['email'] },
    data: { startsAt: '2026-01-01T00:00:00Z', endsAt: '2026-01-01T01:00:00Z' },
  };
  const headers = { [HEADERS.idempotencyKey]: randomId() };
  const { status, body } = await admin.send<{ batchId: string }>(
    'POST',
    '/notifications/bulk',
    campaign,
    { headers },
  );
  expect(status).toBe(202);
  return body.batchId;
}

async function linkOf(batchId: string): Promise<string> {
  const path = `/admin/captured-messages?batchId=${batchId}`;
  const mail = await until(async () => {
    const { body } = await admin.get<Page<{ unsubscribeUrl: string | null }>>(path);
    return body.items[0];
  }, SOON);
  return new URL(mail.unsubscribeUrl ?? '').pathname;
}

async function sessionCookie(): Promise<string> {
  const body = { username: 'user003', password: 'user-demo', session: true };
  const { headers } = await askPatiently(platform.urls.userBff, {
    ...{ method: 'POST', path: '/auth/login', body: JSON.stringify(body) },
    headers: { 'content-type': 'application/json' },
  });
  const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  expect(cookie).toMatch(/=./);
  return cookie;
}

describe('the report of revenue', () => {
  test('is a file on demand, with the same numbers', async () => {
    const path = '/admin/reports/revenue?from=2026-01-01&to=2026-12-31&groupBy=month';
    const { body } = await admin.get<{ series: { orders: number; net: { amount: number } }[] }>(
      path,
    );
    const { status, text, headers } = await ask(platform.urls.adminBff, {
      ...{ method: 'GET', path: `${path}&format=csv`, headers: bearer(admin.accessToken) },
    });
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/csv');
    expect(headers['content-disposition']).toContain('.csv"');
    const [header, ...lines] = text.trim().split(/\r?\n/);
    expect(header).toBe('from,to,orders,sales,usage,refunds,net,currency');
    const numbers = lines.map((line) => line.split(',')).map((cells) => [cells[2], cells[6]]);
    expect(numbers).toEqual(
      body.series.map(({ orders, net }) => [String(orders), String(net.amount)]),
    );
    expect(lines.length).toBeGreaterThan(0);
  });
});

describe('the pool', () => {
  test('is on the dashboard, at once for whoever has just added a node', async () => {
    const node = { name: `node-${Date.now()}`, capacity: 7 };
    const { body: before } = await admin.get<PoolTotals>('/admin/pool');
    const added = await admin.send('POST', '/admin/pool/nodes', node);
    expect(added.status).toBe(201);
    const token = added.headers.get(HEADERS.consistencyToken) ?? '';
    const pool = await until(async () => {
      const headers = { [HEADERS.consistencyToken]: token };
      const { body } = await admin.get<{ pool: PoolTotals | null }>('/admin/dashboard', {
        headers,
      });
      return body.pool;
    });
    expect(pool).toEqual({
      ...{ capacity: before.capacity + 7, used: before.used, free: before.free + 7 },
      isLow: expect.any(Boolean),
    });
  });
});

describe('views that are dropped by hand', () => {
  test('are loaded anew, at once for whoever dropped them, and operators see the event', async () => {
    const path = `/admin/users/${person.id}/overview`;
    const cacheStatus = async (headers: Record<string, string> = {}) =>
      (await admin.get(path, { headers })).headers.get('cache-status') ?? '';
    await until(async () => (await cacheStatus()).includes('hit'), SOON);
    const tag = `user:${person.id}`;
    const dropped = await admin.send('POST', '/admin/cache/invalidate', { tags: [tag] });
    expect(dropped.status).toBe(200);
    const token = dropped.headers.get(HEADERS.consistencyToken) ?? '';
    expect(await cacheStatus({ [HEADERS.consistencyToken]: token })).not.toContain('hit');
    await until(async () => (await eventsOf('type=system.cache_invalidated')).length === 1, SOON);
  });
});

describe('the catalogue of apps', () => {
  test('has what passed its review, the same for everyone and cached once', async () => {
    const { body: all } = await admin.get<Page<CatalogueApp>>('/admin/apps?limit=200');
    const idsOf = (apps: readonly CatalogueApp[]) => apps.map(({ id }) => id);
    const approved = all.items.filter(({ reviewStatus }) => reviewStatus === 'approved');
    expect(approved.length).toBeLessThan(all.items.length);
    const path = '/apps?limit=200';
    const { body: mine } = await person.get<Page<CatalogueApp>>(path);
    expect(idsOf(mine.items)).toEqual(idsOf(approved));
    await until(async () => {
      const { headers } = await stranger.get(path);
      return headers.get('cache-status')?.includes('hit');
    }, SOON);

    const waiting = all.items.find(({ reviewStatus }) => reviewStatus === 'pending');
    const passed = await admin.send('POST', `/admin/apps/${waiting?.id}/approve`);
    expect(passed.status).toBe(200);
    const headers = {
      [HEADERS.consistencyToken]: passed.headers.get(HEADERS.consistencyToken) ?? '',
    };
    const { body: now } = await stranger.get<Page<CatalogueApp>>(path, { headers });
    expect(idsOf(now.items)).toContain(waiting?.id);
  });
});
