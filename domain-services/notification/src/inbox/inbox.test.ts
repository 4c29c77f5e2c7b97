import { HEADERS } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';

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
    expect(first.headers[HEADERS.cacheTags]).toBe(`notifications-of:${demoPerson(1).id}`);
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
