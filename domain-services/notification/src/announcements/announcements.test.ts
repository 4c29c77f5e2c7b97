import { HEADERS, type Identity, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { demoPerson, demoStaff } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';
import { RETENTION_MS } from '../inbox/retention.ts';
import { alertOfDeliveryFailures } from './alert-operators.ts';

let service: TestNotifications;
const ops: Identity = { ...SYSTEM_IDENTITY, userId: demoStaff('ops').id, sessionId: randomId() };

beforeAll(async () => {
  service = await startNotifications({
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl: (await testRedis()).url,
  });
  whenDone(() => service.close());
});

const post = (path: string, body: object) => service.post(path, body).set(service.as(ops));
const inboxOf = async (n: number) => {
  const { body, headers } = await service.get(`/users/${demoPerson(n).id}/notifications`);
  return { items: body.items as { id: string; title: string; body: string }[], headers };
};
const unreadOf = async (n: number) =>
  (await service.get(`/users/${demoPerson(n).id}/notifications/unread-count`)).body.unread;

describe('an announcement', () => {
  it('is one row and one event, and stands in everybody’s inbox until each has read it', async () => {
    const before = await unreadOf(1);
    const text = { title: 'New prices', body: 'From May on.' };
    const made = await post('/announcements', { ...text, audience: 'everyone' }).expect(201);
    const told = await service.published(made.headers[HEADERS.eventIds]?.split(','));
    expect(told).toMatchObject([
      { type: 'system.announcement', tags: 'announcements', actorid: ops.userId, data: text },
    ]);
    for (const n of [1, 2]) expect((await inboxOf(n)).items[0]).toMatchObject(text);
    expect(await unreadOf(1)).toBe(before + 1);
    const { id } = made.body;
    const readPath = `/users/${demoPerson(1).id}/notifications/${id}/read`;
    const read = await service.post(readPath).expect(200);
    const again = await service.post(readPath).expect(200);
    expect(again.body).toEqual(read.body);
    expect(again.headers[HEADERS.eventIds]).toBeUndefined();
    expect(await unreadOf(1)).toBe(before);
    expect((await inboxOf(1)).items[0]).toMatchObject({ id, readAt: read.body.readAt });
    expect((await inboxOf(2)).items[0]).toMatchObject({ id, readAt: null });
    await service.post(`/users/${demoPerson(2).id}/notifications/read-all`).expect(200);
    expect(await unreadOf(2)).toBe(0);
  });

  it('to a tenant is nobody else’s: not listed, not readable', async () => {
    const { tenantId } = demoPerson(1);
    const text = { title: 'For you only', body: 'x' };
    const made = await post('/announcements', { ...text, audience: { tenant: tenantId } });
    expect(made.body.tenantId).toBe(tenantId);
    expect((await inboxOf(1)).items[0]).toMatchObject(text);
    expect((await inboxOf(2)).items.map(({ id }) => id)).not.toContain(made.body.id);
    const path = `/users/${demoPerson(2).id}/notifications/${made.body.id}/read`;
    await service.post(path).expect(404);
    await post('/announcements', { ...text, audience: { tenant: 'no tenant!' } }).expect(422);
  });

  it('is paged among a person’s own messages, and leaves after ninety days', async () => {
    const { items, headers } = await inboxOf(3);
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const path = `/users/${demoPerson(3).id}/notifications?limit=1${next}`;
      const page = (await service.get(path).expect(200)).body;
      ids.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    }
    expect(ids).toEqual(items.map(({ id }) => id));
    const [{ createdAt }] = items as unknown as [{ createdAt: string }];
    expect(Date.parse(headers[HEADERS.cacheUntil] ?? '')).toBeLessThanOrEqual(
      Date.parse(createdAt) + RETENTION_MS,
    );
  });
});

describe('a maintenance', () => {
  it('is told with its times, and reads in each person’s language', async () => {
    const at = new Date(Date.now() + 86_400_000).toISOString();
    const made = await post('/maintenance', { at, message: 'A new database.' }).expect(201);
    expect(Date.parse(made.body.until) - Date.parse(at)).toBe(3_600_000);
    const told = await service.published(made.headers[HEADERS.eventIds]?.split(','));
    expect(told).toMatchObject([
      { type: 'system.maintenance', data: { at, message: 'A new database.' } },
    ]);
    const [[chinese], [english]] = [(await inboxOf(1)).items, (await inboxOf(2)).items];
    expect(chinese?.title).toMatch(/系统维护$/);
    expect(english?.title).toMatch(/^Maintenance on /);
    expect(english?.body).toMatch(/A new database\.$/);
  });

  it('is refused when it is over, or ends before it begins', async () => {
    const at = '2020-01-01T00:00:00Z';
    await post('/maintenance', { at, message: 'x' }).expect(422);
    const later = new Date(Date.now() + 60_000).toISOString();
    const until = new Date(Date.now() + 30_000).toISOString();
    await post('/maintenance', { at: later, until, message: 'x' }).expect(422);
  });
});

describe('operators', () => {
  it('are alerted when many addresses die at once, once an hour for a channel', async () => {
    const { writer, postgres } = service.tools;
    const nowMs = Date.now();
    const suppress = (count: number, channel: 'email' | 'sms') =>
      postgres.db
        .insertInto('suppressions')
        .values(
          Array.from({ length: count }, (_, index) => ({
            ...{ id: randomId(), channel, address: `${channel}${index}`, user_id: null },
            ...{ code: 'x', detail: '', created_at: new Date(nowMs) },
          })),
        )
        .execute();
    await suppress(20, 'email');
    await suppress(19, 'sms');
    const alertAt = (ms: number) => alertOfDeliveryFailures(writer, ms);
    await Promise.all([alertAt(nowMs), alertAt(nowMs), alertAt(nowMs + 1)]);
    const alerts = async () =>
      (await service.published()).filter(({ type }) => type === 'system.alert');
    expect((await alerts()).map(({ data }) => [data.channel, data.count])).toEqual([['email', 20]]);
    await alertAt(nowMs + 3_700_000);
    expect(await alerts()).toHaveLength(1);
  });
});
