import { HEADERS } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';
import { forgetOldNotifications } from './forget-old-notifications.ts';

let service: TestNotifications;
const inboxOf = (n: number) => `/users/${demoPerson(n).id}/notifications`;

beforeAll(async () => {
  service = await startNotifications({
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl: (await testRedis()).url,
  });
  whenDone(() => service.close());
});

describe('inbox', () => {
  it('is listed from the newest on, page by page, and belongs to one person', async () => {
    const first = await service.get(`${inboxOf(1)}?limit=1`).expect(200);
    expect(first.body.items).toMatchObject([{ type: 'device.created', readAt: null }]);
    const cursor = first.body.nextCursor;
    const second = await service.get(`${inboxOf(1)}?limit=1&cursor=${cursor}`).expect(200);
    expect(second.body).toMatchObject({ items: [{ type: 'user.registered' }], nextCursor: null });
    expect(first.headers[HEADERS.cacheTags]).toBe(
      `notifications-of:${demoPerson(1).id}, announcements`,
    );
    const ids = [first.body.items[0].id, second.body.items[0].id].join(',');
    expect((await service.get(`${inboxOf(1)}?ids=${ids}`)).body.items).toHaveLength(2);
    expect((await service.get(`${inboxOf(2)}?ids=${ids}`)).body.items).toHaveLength(0);
  });

  it('speaks the language of its person', async () => {
    const [chinese] = (await service.get(inboxOf(1))).body.items;
    const [english] = (await service.get(inboxOf(2))).body.items;
    expect(chinese.title).toMatch(/已就绪$/);
    expect(english.title).toMatch(/is ready$/);
  });

  it('counts a message as read once, and tells it once', async () => {
    const unread = () => service.get(`${inboxOf(3)}/unread-count`).then(({ body }) => body.unread);
    expect(await unread()).toBe(1);
    const [{ id }] = (await service.get(inboxOf(3))).body.items;
    await service.post(`${inboxOf(2)}/${id}/read`).expect(404);
    const read = await service.post(`${inboxOf(3)}/${id}/read`).expect(200);
    const again = await service.post(`${inboxOf(3)}/${id}/read`).expect(200);
    expect(again.body).toEqual(read.body);
    expect(again.headers[HEADERS.eventIds]).toBeUndefined();
    expect(await unread()).toBe(0);
    const told = await service.published(read.headers[HEADERS.eventIds]?.split(','));
    expect(told).toMatchObject([{ type: 'notification.read', data: { id } }]);
  });
});

describe('reading', () => {
  it('all at once is told once, with what is left, and again it is nothing', async () => {
    const all = await service.post(`${inboxOf(2)}/read-all`).expect(200);
    expect(all.body).toEqual({ read: 1, unread: 0 });
    const told = await service.published(all.headers[HEADERS.eventIds]?.split(','));
    expect(told).toMatchObject([
      { type: 'notification.inbox_changed', data: { reason: 'all_read', unread: 0 } },
    ]);
    const again = await service.post(`${inboxOf(2)}/read-all`).expect(200);
    expect(again.body).toEqual({ read: 0, unread: 0 });
    expect(again.headers[HEADERS.eventIds]).toBeUndefined();
  });

  it('many at once counts down to the truth', async () => {
    const { id } = demoPerson(1);
    const rows = Array.from({ length: 10 }, () => ({
      ...{ id: randomId(), user_id: id, type: 'test.many', title: 't', body: 'b' },
      created_at: new Date(),
    }));
    await service.tools.postgres.db.insertInto('notifications').values(rows).execute();
    const { body: before } = await service.get(`${inboxOf(1)}/unread-count`);
    const answers = await Promise.all(
      rows.map((row) => service.post(`${inboxOf(1)}/${row.id}/read`).expect(200)),
    );
    const eventIds = answers.map(({ headers }) => headers[HEADERS.eventIds] ?? '');
    const told = await service.published(eventIds);
    const counts = told.map(({ data }) => data.unread);
    expect(counts).toEqual(rows.map((_, index) => before.unread - 1 - index));
  });

  it('of what arrived at a device is told once a message, and only of one’s own', async () => {
    const [{ id }] = (await service.get(inboxOf(3))).body.items;
    const push = (n: number) => service.post(`${inboxOf(n)}/pushed`, { ids: [id] }).expect(200);
    expect((await push(2)).body).toEqual({ pushed: 0 });
    const first = await push(3);
    expect(first.body).toEqual({ pushed: 1 });
    expect((await push(3)).body).toEqual({ pushed: 0 });
    const told = await service.published(first.headers[HEADERS.eventIds]?.split(','));
    expect(told).toMatchObject([{ type: 'notification.pushed', data: { ids: [id] } }]);
  });
});

describe('retention', () => {
  it('ends after ninety days, and tells those who lose something', async () => {
    const { writer, postgres } = service.tools;
    const nowMs = Date.now();
    const row = (ageDays: number) => ({
      ...{ id: randomId(), user_id: randomId(), type: 'test.old', title: 't', body: 'b' },
      created_at: new Date(nowMs - ageDays * 86_400_000),
    });
    const [old, young] = [row(91), row(89)];
    await postgres.db.insertInto('notifications').values([old, young]).execute();
    expect(await forgetOldNotifications(writer, nowMs)).toBe(1);
    expect((await service.get(`/users/${old.user_id}/notifications`)).body.items).toEqual([]);
    expect((await service.get(`/users/${young.user_id}/notifications`)).body.items).toHaveLength(1);
    const told = (await service.published()).filter(({ data }) => data.reason === 'expired');
    expect(told.map(({ data }) => data.userId)).toEqual([old.user_id]);
  });
});
