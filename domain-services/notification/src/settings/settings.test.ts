import { HEADERS } from '@cloudphone/contracts';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';

let service: TestNotifications;

beforeAll(async () => {
  service = await startNotifications({
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl: (await testRedis()).url,
  });
  whenDone(() => service.close());
});

describe('settings', () => {
  it('are there from the start, change as a whole, and are told to whoever keeps a copy', async () => {
    const { body, headers } = await service.get('/settings').expect(200);
    expect(body).toMatchObject({ version: 1, quotaAlertPercent: 80, quietHours: null });
    expect(headers[HEADERS.cacheTags]).toBe('settings;v=1');
    const { version: _, updatedAt: __, ...given } = body;
    const changed = { ...given, senderName: 'Another', quietHours: { from: '22:00', to: '07:00' } };
    const written = await service
      .put('/settings', changed)
      .set('if-match', headers.etag ?? '')
      .expect(200);
    expect(written.body).toMatchObject({ ...changed, version: 2 });
    const told = await service.published(written.headers[HEADERS.eventIds]?.split(','));
    expect(told).toMatchObject([
      { type: 'system.settings_updated', tags: 'settings', data: { senderName: 'Another' } },
    ]);
    const late = await service.put('/settings', given).set('if-match', headers.etag ?? '');
    expect(late.status).toBe(409);
    expect(late.body.currentVersion).toBe(2);
  });

  it('refuse what would not work', async () => {
    const { version: _, updatedAt: __, ...given } = (await service.get('/settings')).body;
    const refused = async (changes: object) =>
      (await service.put('/settings', { ...given, ...changes }).expect(422)).body.issues[0].path;
    expect(await refused({ locales: ['zh-CN'], defaultLocale: 'en' })).toBe('body.defaultLocale');
    expect(await refused({ quotaAlertPercent: 101 })).toBe('body.quotaAlertPercent');
    expect(await refused({ senderName: ' ' })).toBe('body.senderName');
    expect(await refused({ locales: [] })).toBe('body.locales');
  });

  it('changed by two at once keep one of the changes', async () => {
    const { body, headers } = await service.get('/settings');
    const { version: _, updatedAt: __, ...given } = body;
    const answers = await Promise.all(
      [81, 82, 83].map((quotaAlertPercent) =>
        service
          .put('/settings', { ...given, quotaAlertPercent })
          .set('if-match', headers.etag ?? ''),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });
});
