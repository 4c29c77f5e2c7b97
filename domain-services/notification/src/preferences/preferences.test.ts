import { HEADERS } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { findContacts } from '../contacts/find-contacts.ts';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';
import type { SendingOccasion } from '../sending/sending-ports.ts';
import { categoryOf } from './categories.ts';
import { quietUntilMs } from './quiet-hours.ts';
import { createSendingPorts } from './sending-ports.ts';
import { createUnsubscribeLinks } from './unsubscribe-links.ts';

let service: TestNotifications;
const preferencesOf = (n: number) => `/users/${demoPerson(n).id}/preferences`;

beforeAll(async () => {
  service = await startNotifications(
    {
      databaseUrl: await testPostgres().freshDatabase(),
      redisUrl: (await testRedis()).url,
    },
    { seedPeople: 20 },
  );
  whenDone(() => service.close());
});

const read = async (n: number) => (await service.get(preferencesOf(n)).expect(200)).body;

/** The whole of them, as a form sends them. */
async function change(n: number, changes: object) {
  const { userId: _, version: __, updatedAt: ___, ...before } = await read(n);
  return service.put(preferencesOf(n), { ...before, ...changes }).expect(200);
}

describe('preferences', () => {
  it('are everybody’s until they are written, then the person’s own, and told', async () => {
    expect(await read(1)).toMatchObject({ version: 0, locale: null, quietHours: null });
    const quietHours = { from: '22:00', to: '07:00' };
    const written = await change(1, { quietHours, locale: 'en', timeZone: 'Asia/Tokyo' });
    expect(written.headers.etag).toBe('"1"');
    expect(await read(1)).toMatchObject({ version: 1, quietHours, timeZone: 'Asia/Tokyo' });
    const told = await service.published(written.headers[HEADERS.eventIds]?.split(','));
    expect(told).toMatchObject([{ type: 'user.preferences_updated', data: { version: 1 } }]);
    const id = demoPerson(1).id;
    const contact = (await findContacts(service.tools.db, [id])).get(id);
    expect(contact).toMatchObject({ locale: 'en', timeZone: 'Asia/Tokyo' });
  });

  it('refuse what is based on an older version, and what is no zone, number or hour', async () => {
    const { userId: _, version: __, updatedAt: ___, ...given } = await read(2);
    const put = (changes: object) => service.put(preferencesOf(2), { ...given, ...changes });
    await put({}).set('if-match', '"0"').expect(200);
    const late = await put({}).set('if-match', '"0"').expect(409);
    expect(late.body.currentVersion).toBe(1);
    await put({ timeZone: 'Mars/Base' }).expect(422);
    await put({ phone: '0123' }).expect(422);
    await put({ quietHours: { from: '25:00', to: '07:00' } }).expect(422);
    await put({ channels: { promotions: ['email'] } }).expect(422);
  });

  it('of one person are written one after the other', async () => {
    const { userId: _, version: __, updatedAt: ___, ...given } = await read(3);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => service.put(preferencesOf(3), given).set('if-match', '"0"')),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
  });
});

describe('what may still be sent', () => {
  const occasion = (changes: Partial<SendingOccasion> = {}): SendingOccasion => ({
    batchId: randomId(),
    channel: 'email',
    priority: 'normal',
    templateCode: 'spring.sale',
    // 15:30 in Shanghai, 07:30 in London.
    nowMs: Date.parse('2026-01-15T07:30:00Z'),
    ...changes,
  });
  const ports = () => {
    const { postgres, writer, clock } = service.tools;
    return createSendingPorts({ db: postgres.db, writer, clock });
  };
  const contactOf = async (n: number) => {
    const { id } = demoPerson(n);
    const contact = (await findContacts(service.tools.db, [id])).get(id);
    if (contact === undefined) throw new Error(`nobody is number ${n}`);
    return contact;
  };
  const ask = async (n: number, changes: Partial<SendingOccasion> = {}) => {
    const contact = await contactOf(n);
    return (await ports().mayStillSend([contact], occasion(changes))).get(contact.userId);
  };

  it('is what the person wants of its kind, and always what keeps an account safe', async () => {
    const { channels } = await read(4);
    await change(4, { channels: { ...channels, promotions: ['websocket'], billing: [] } });
    expect(await ask(4)).toMatchObject({ kind: 'skipped', code: 'opted_out' });
    expect(await ask(4, { channel: 'websocket' })).toBeUndefined();
    expect(await ask(4, { templateCode: 'order.refunded' })).toMatchObject({ code: 'opted_out' });
    expect(await ask(4, { templateCode: 'device.error' })).toBeUndefined();
    expect(await ask(4, { templateCode: 'user.password_changed' })).toBeUndefined();
    expect(categoryOf('user.registered')).toBe('account');
    expect(categoryOf('constructor.prototype')).toBe('promotions');
  });

  it('waits for the morning of the person, unless it is urgent or wakes nobody', async () => {
    await change(5, { quietHours: { from: '15:00', to: '16:00' } });
    const waiting = await ask(5);
    expect(waiting).toMatchObject({ kind: 'unavailable', code: 'quiet_hours' });
    expect(waiting).toMatchObject({ retryInMs: 1_800_000 });
    expect(await ask(5, { priority: 'urgent' })).toBeUndefined();
    expect(await ask(5, { channel: 'websocket' })).toBeUndefined();
    expect(await ask(6)).toBeUndefined();
  });

  it('is nothing to an address that was refused for good, until it is taken off the list', async () => {
    const contact = await contactOf(7);
    const failure = { userId: contact.userId, contact, channel: 'email' as const, detail: 'no' };
    await ports().suppress([{ ...failure, code: 'smtp_552' }]);
    expect(await ask(7)).toBeUndefined();
    const dead = { ...failure, code: 'smtp_550' };
    await ports().suppress([dead, dead]);
    await ports().suppress([dead]);
    expect(await ask(7)).toMatchObject({ kind: 'skipped', code: 'suppressed' });
    expect(await ask(7, { channel: 'sms' })).toBeUndefined();
    const list = await service.get('/suppressions?channel=email').expect(200);
    expect(list.body.items).toMatchObject([{ address: contact.email, code: 'smtp_550' }]);
    const { id } = list.body.items[0];
    await service.delete(`/suppressions/${id}`).expect(200);
    await service.delete(`/suppressions/${id}`).expect(404);
    expect(await ask(7)).toBeUndefined();
    const told = (await service.published()).filter(({ data }) => data.id === id);
    expect(told.map(({ type }) => type)).toEqual(['suppression.created', 'suppression.removed']);
  });

  it('is at most so many promotions a day, counted once a batch, however many ask at once', async () => {
    await change(8, { promotionsPerDay: 2 });
    const first = occasion();
    const contact = await contactOf(8);
    const may = async (asked: SendingOccasion) =>
      (await ports().mayStillSend([contact], asked)).get(contact.userId) === undefined;
    expect([await may(first), await may(first)]).toEqual([true, true]);
    const others = await Promise.all(Array.from({ length: 6 }, () => may(occasion())));
    expect(others.filter(Boolean)).toHaveLength(1);
    expect(await may(first)).toBe(true);
    expect(await may(occasion({ templateCode: 'device.error' }))).toBe(true);
    expect(await may(occasion({ channel: 'websocket' }))).toBe(true);
    expect(await may(occasion({ nowMs: first.nowMs + 86_400_001 }))).toBe(true);
    await change(9, { promotionsPerDay: 0 });
    expect(await ask(9)).toMatchObject({ code: 'frequency_cap' });
  });
});

describe('quiet hours', () => {
  const until = (text: string, from: string, to: string, zone = 'UTC') => {
    const endMs = quietUntilMs({ from, to }, zone, Date.parse(text));
    return endMs === undefined ? undefined : new Date(endMs).toISOString();
  };

  it.each([
    ['2026-01-01T21:59:59Z', undefined],
    ['2026-01-01T22:00:00Z', '2026-01-02T07:00:00.000Z'],
    ['2026-01-02T06:59:59Z', '2026-01-02T07:00:00.000Z'],
    ['2026-01-02T07:00:00Z', undefined],
  ])('over midnight: at %s until %s', (at, end) => {
    expect(until(at, '22:00', '07:00')).toBe(end);
  });

  it('that are equal are none, and a zone that is unknown is UTC', () => {
    expect(until('2026-01-01T12:00:00Z', '12:00', '12:00')).toBeUndefined();
    expect(until('2026-01-01T12:00:00Z', '11:00', '13:00', 'Mars/Base')).toMatch(/13:00/);
  });

  it('end by the clock on the wall when clocks change', () => {
    // Berlin leaves out 02:00–03:00 on 29 March and repeats it on 25 October.
    const berlin = 'Europe/Berlin';
    expect(until('2026-03-28T23:30:00Z', '23:00', '07:00', berlin)).toBe(
      '2026-03-29T05:00:00.000Z',
    );
    expect(until('2026-10-24T22:30:00Z', '23:00', '07:00', berlin)).toBe(
      '2026-10-25T06:00:00.000Z',
    );
    expect(until('2026-03-29T00:30:00Z', '01:00', '02:30', berlin)).toBe(
      '2026-03-29T01:30:00.000Z',
    );
  });
});

describe('unsubscribing', () => {
  const links = () => createUnsubscribeLinks(service.config);
  const tokenFor = async (n: number, type: string) => {
    const { id } = demoPerson(n);
    const contact = (await findContacts(service.tools.db, [id])).get(id);
    if (contact === undefined) throw new Error(`nobody is number ${n}`);
    return links().urlFor({ type, contact }, 'email')?.split('/').at(-1) ?? '';
  };

  it('needs nothing but the token, ends that kind of mail and no other, and may be repeated', async () => {
    const token = await tokenFor(10, 'spring.sale');
    const anonymous = { [HEADERS.internalIdentity]: '' };
    const looked = await service.get(`/unsubscribe/${token}`).set(anonymous).expect(200);
    expect(looked.body).toEqual({ category: 'promotions', channel: 'email' });
    expect(await read(10)).toMatchObject({ version: 0 });
    const ended = await service.post(`/unsubscribe/${token}`).set(anonymous).expect(200);
    expect(ended.headers[HEADERS.eventIds]?.split(',')).toHaveLength(1);
    const again = await service.post(`/unsubscribe/${token}`).expect(200);
    expect(again.headers[HEADERS.eventIds]).toBeUndefined();
    const after = await read(10);
    expect(after).toMatchObject({ version: 1 });
    expect(after.channels.promotions).toEqual(['sms', 'push', 'websocket']);
    expect(after.channels.billing).toContain('email');
  });

  it('believes no token that it did not sign, and none is made for messages of safety', async () => {
    const token = await tokenFor(11, 'spring.sale');
    const [payload = '', signature = ''] = token.split('.');
    const other = createUnsubscribeLinks({ ...service.config, linkSecret: 'another secret' });
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    claims[1].userId = demoPerson(1).id;
    const altered = Buffer.from(JSON.stringify(claims)).toString('base64url');
    for (const forged of [`${altered}.${signature}`, `${payload}.x`, 'a.b']) {
      await service.post(`/unsubscribe/${forged}`).expect(404);
    }
    expect(other.read(token)).toBeUndefined();
    expect(await tokenFor(11, 'user.password_changed')).toBe('');
    expect(await read(11)).toMatchObject({ version: 0 });
  });
});
