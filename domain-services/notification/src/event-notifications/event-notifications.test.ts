import { buildEnvelope, EVENT_TYPES, type NewEvent, type Person } from '@cloudphone/contracts';
import {
  demoPerson,
  demoStaff,
  startTestService,
  type TestService,
} from '@cloudphone/domain-service';
import type { EventLogTables } from '@cloudphone/event-log';
import { randomId, silentLogger, systemClock } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Channel } from '../channels/channel.ts';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';
import { createSendingPorts } from '../preferences/sending-ports.ts';
import { createCompiledTemplates } from '../templates/compiled-templates.ts';
import { FIRST_TEMPLATES } from '../templates/first-templates/first-templates.ts';
import { EVENT_NOTIFICATIONS } from './event-notifications.ts';
import { tellOfEvents } from './event-reactions.ts';
import type { EventSending } from './event-sending.ts';
import { sendEventMessages } from './send-event-messages.ts';

let service: TestNotifications;
let others: TestService<EventLogTables>;

beforeAll(async () => {
  const redisUrl = (await testRedis()).url;
  service = await startNotifications(
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl },
    { seedPeople: 30 },
  );
  whenDone(() => service.close());
  others = await startTestService<EventLogTables>(
    { name: 'user', migrations: [], routes: () => [] },
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl },
  );
  whenDone(() => others.close());
});

const at = '2026-01-15T12:00:00.000Z';
const publish = (...events: [NewEvent, ...NewEvent[]]) =>
  others.tools.writer.write(async () => ({ result: undefined, events }));
const handled = async (eventIds: readonly string[]) => {
  const rows = await service.tools.db.selectFrom('inbox').select('event_id').execute();
  return eventIds.filter((id) => rows.some((row) => row.event_id === id)).length;
};
const inboxOf = async (userId: string, type: string) => {
  const { body } = await service.get(`/users/${userId}/notifications?limit=200`);
  return (body.items as { type: string; title: string; body: string }[]).filter(
    (item) => item.type === type,
  );
};
const capturedFor = (userId: string) =>
  service.tools.db
    .selectFrom('captured_messages')
    .select(['channel', 'title', 'body', 'unsubscribe_url'])
    .where('user_id', '=', userId)
    .orderBy('channel')
    .execute();
const waitingFor = (userId: string) =>
  service.tools.db
    .selectFrom('event_messages')
    .select(['channel', 'state', 'lane', 'error', 'due_at', 'values'])
    .where('user_id', '=', userId)
    .execute();

describe('an event', () => {
  it('reaches its person in the inbox and by every channel, once, in their language', async () => {
    const { id: userId } = demoPerson(2);
    const data = { userId, devicesLimit: 5, devicesUsed: 4, validUntil: at, version: 1 };
    await publish({ type: 'quota.alert', data });
    await until(async () => (await capturedFor(userId)).length === 2);
    const [inbox, ...more] = await inboxOf(userId, 'quota.alert');
    expect(more).toEqual([]);
    expect(inbox).toMatchObject({ body: '4 of 5 phones are in use.' });
    expect(await capturedFor(userId)).toMatchObject([
      { channel: 'email', title: 'Your quota is nearly used' },
      { channel: 'push' },
    ]);
    expect((await capturedFor(userId))[0]?.unsubscribe_url).toMatch(/\/unsubscribe\//);
    await until(async () => (await waitingFor(userId)).length === 0);
  });

  it('that is handled again tells nobody again, even when its id was forgotten', async () => {
    const { postgres, writer, clock } = service.tools;
    const ports = createSendingPorts({ db: postgres.db, writer, clock });
    const reaction = tellOfEvents({ ports, logger: silentLogger }).find(
      ({ on }) => on === 'user.password_changed',
    );
    const data = accountOf(3);
    const event = { type: 'user.password_changed', data } as const;
    const source = { id: randomId(), service: 'user', time: new Date() };
    const envelope = buildEnvelope(event, source);
    const run = () =>
      postgres.db.transaction().execute(async (tx) => reaction?.run({ data, envelope }, tx));
    expect(await run()).toMatchObject([{ type: 'notification.created' }]);
    await until(async () => (await capturedFor(data.userId)).length === 2);
    expect(await run()).toEqual([]);
    await until(async () => (await waitingFor(data.userId)).length === 0);
    expect(await capturedFor(data.userId)).toHaveLength(2);
    // Nobody can end messages about the safety of their account.
    expect((await capturedFor(data.userId))[0]?.unsubscribe_url).toBeNull();
  });

  it('of a type that nobody registered is told where a template is, and harms nothing', async () => {
    const { postgres, writer, clock } = service.tools;
    const ports = createSendingPorts({ db: postgres.db, writer, clock });
    const any = tellOfEvents({ ports, logger: silentLogger }).find(({ on }) => on === 'any');
    const texts = { en: { title: '{{taskName}} ended', body: 'x' } };
    const variables = [{ name: 'taskName', type: 'string', isRequired: true }];
    const code = 'scheduler.task_ended';
    await service.post('/templates', { code, name: 'Ended', variables, texts }).expect(201);
    const { id: userId } = demoPerson(10);
    const run = (type: string, data: Record<string, unknown>) => {
      const quota = { userId, devicesLimit: 5, devicesUsed: 4, validUntil: at, version: 1 };
      const source = { id: randomId(), service: 'scheduler', time: new Date() };
      const envelope = {
        ...buildEnvelope({ type: 'quota.updated', data: quota }, source),
        type,
        data,
      };
      return postgres.db.transaction().execute(async (tx) => any?.run({ data, envelope }, tx));
    };
    const told = await run(code, { userId, taskName: 'Backup', nested: { a: [1] } });
    expect(told).toMatchObject([{ data: { userId, title: 'Backup ended' } }]);
    expect(await run('media.transcoded', { userId })).toEqual([]);
    expect(await run(code, { userId, taskName: 7 })).toEqual([]);
    expect(await run(code, { userId: 'nobody', taskName: 'x' })).toEqual([]);
    expect(await run(code, {})).toEqual([]);
    expect(await run('user.password_changed', { userId })).toEqual([]);
  });

  it('takes the ways that its person wants', async () => {
    const { id: userId } = demoPerson(5);
    const path = `/users/${userId}/preferences`;
    const { userId: _, version: __, updatedAt: ___, ...given } = (await service.get(path)).body;
    const channels = { ...given.channels, billing: ['email'] };
    await service.put(path, { ...given, channels }).expect(200);
    const quota = { userId, devicesLimit: 5, devicesUsed: 5, validUntil: at, version: 1 };
    await publish({ type: 'quota.exceeded', data: quota });
    await until(async () => (await capturedFor(userId)).length === 1);
    await until(async () => (await waitingFor(userId)).length === 0);
    expect(await inboxOf(userId, 'quota.exceeded')).toEqual([]);
    expect(await capturedFor(userId)).toMatchObject([{ channel: 'email' }]);
  });

  it('about money reaches the person, and those who look after money', async () => {
    const { id: userId } = demoPerson(6);
    const amount = { amount: 1_200, currency: 'CNY' };
    const data = { userId, paymentId: null, orderId: randomId(), amount, at };
    await publish({ type: 'billing.payment_failed', data: { ...data, reason: 'declined' } });
    await until(async () => (await inboxOf(userId, 'billing.payment_failed')).length === 1);
    for (const username of ['admin', 'finance', 'finance2'] as const) {
      const seen = await inboxOf(demoStaff(username).id, 'staff.payment_failed');
      expect(seen).toMatchObject([{ body: `Person ${userId}: declined.` }]);
    }
    expect(await inboxOf(demoStaff('ops').id, 'staff.payment_failed')).toEqual([]);
  });

  it('of a failed log-in is told at the third within an hour, and at no other', async () => {
    const { id: userId } = demoPerson(7);
    const attempt = {
      type: 'user.login_failed',
      data: { userId, reason: 'password', at },
    } as const;
    const nobody = { type: 'user.login_failed', data: { ...attempt.data, userId: null } } as const;
    const eventIds = [
      ...(await publish(attempt, attempt)).eventIds,
      ...(await publish(nobody)).eventIds,
      ...(await publish(attempt, attempt, attempt)).eventIds,
    ];
    await until(async () => (await capturedFor(userId)).length === 2);
    await until(async () => (await handled(eventIds)) === eventIds.length);
    expect(await inboxOf(userId, 'user.login_failed')).toHaveLength(1);
  });

  it('that a template does not fit, or has none, tells nobody and stops nothing', async () => {
    const { id: userId } = demoPerson(8);
    const { body: template } = await service.get('/templates/by-code/user.two_factor_enabled');
    const variables = [{ name: 'nobodyKnows', type: 'string', isRequired: true }];
    const texts = { en: { title: 'x', body: '{{nobodyKnows}}' } };
    await service.put(`/templates/${template.id}`, { name: 'x', variables, texts }).expect(200);
    await publish({ type: 'user.two_factor_enabled', data: accountOf(8) });
    await publish({ type: 'user.two_factor_disabled', data: accountOf(8) });
    await until(async () => (await inboxOf(userId, 'user.two_factor_disabled')).length === 1);
    expect(await inboxOf(userId, 'user.two_factor_enabled')).toEqual([]);
  });

  it('whose template is there for each line of the table', () => {
    const codes = new Set(FIRST_TEMPLATES.map(({ code }) => code));
    for (const { template, on } of EVENT_NOTIFICATIONS) {
      expect(codes, template).toContain(template);
      expect(EVENT_TYPES).toContain(on);
    }
  });
});

describe('messages that wait', () => {
  const { id: userId } = demoPerson(20);
  const channelThat = (send: Channel['send'], isRepeatable = false): Channel => ({
    ...{ kind: 'email', isRepeatable, provider: 'test', unit: 'messages', sendTimeoutMs: 1_000 },
    send,
    close: async () => undefined,
  });
  /** A lane of its own: the service's senders must not take it. */
  const lane = 'test' as unknown as 'urgent';
  const sendingBy = (email: Channel, nowMs = Date.now()): EventSending => {
    const { postgres, writer } = service.tools;
    const clock = { ...systemClock, now: () => nowMs };
    return {
      ...{ db: postgres.db, channels: { email }, clock, templates: createCompiledTemplates() },
      ports: createSendingPorts({ db: postgres.db, writer, clock }),
      completeValues: async (_code, values) => values,
      onOutcome: () => undefined,
    };
  };
  const wait = async (changes: object = {}) => {
    const { db } = service.tools.postgres;
    await db.deleteFrom('event_messages').where('lane', '=', lane).execute();
    const { body: template } = await service.get('/templates/by-code/user.registered');
    const row = {
      ...{ id: randomId(), event_id: randomId(), user_id: userId, channel: 'email' as const },
      ...{ template_code: 'user.registered', template_id: template.id, template_version: 1 },
      ...{ values: {}, lane, state: 'waiting' as const, attempts: 0, error: null },
      ...{ due_at: new Date(0), claimed_until: null, created_at: new Date(), ...changes },
    };
    await db.insertInto('event_messages').values(row).execute();
    return row.id;
  };
  const stateOf = (id: string) =>
    service.tools.db
      .selectFrom('event_messages')
      .select(['state', 'attempts', 'error', 'due_at', 'claimed_until'])
      .where('id', '=', id)
      .executeTakeFirst();

  it('are sent by one of many that look', async () => {
    const keys: string[] = [];
    const email = channelThat(async (messages) => {
      keys.push(...messages.map(({ key }) => key));
      return messages.map(() => ({ kind: 'sent' }));
    });
    const id = await wait();
    await Promise.all(Array.from({ length: 8 }, () => sendEventMessages(sendingBy(email), lane)));
    expect(keys).toEqual([id]);
    expect(await stateOf(id)).toBeUndefined();
  });

  it('are tried three times, then failed, and say nothing any more', async () => {
    const email = channelThat(async (messages) =>
      messages.map(() => ({ kind: 'retry', code: 'busy', detail: 'later' })),
    );
    const id = await wait({ values: { secret: 'x' } });
    for (const hour of [0, 1, 2, 3]) {
      await sendEventMessages(sendingBy(email, Date.now() + hour * 3_600_000), lane);
    }
    expect(await stateOf(id)).toMatchObject({ state: 'failed', attempts: 3, error: 'busy: later' });
    const [row] = await waitingFor(userId);
    expect(row?.values).toEqual({});
  });

  it('spend no attempt on a provider that is away', async () => {
    const email = channelThat(async (messages) =>
      messages.map(() => ({ kind: 'unavailable', code: 'away', detail: 'x', retryInMs: 5_000 })),
    );
    const id = await wait();
    const nowMs = Date.now();
    await sendEventMessages(sendingBy(email, nowMs), lane);
    expect(await stateOf(id)).toMatchObject({ state: 'waiting', attempts: 0 });
    expect((await stateOf(id))?.due_at.getTime()).toBe(nowMs + 5_000);
  });

  it('whose values cannot be read at the moment are tried again, also where no repeat is told', async () => {
    let sends = 0;
    const email = channelThat(async (messages) => {
      sends += 1;
      return messages.map(() => ({ kind: 'sent' }));
    });
    const id = await wait();
    const completeValues: EventSending['completeValues'] = async () => {
      throw new Error('away');
    };
    await sendEventMessages({ ...sendingBy(email), completeValues }, lane);
    expect(await stateOf(id)).toMatchObject({ state: 'waiting', attempts: 0, claimed_until: null });
    await sendEventMessages(sendingBy(email, Date.now() + 10_000), lane);
    expect(await stateOf(id)).toBeUndefined();
    expect(sends).toBe(1);
  });

  it('that a dead process had begun are unknown, or sent again where a repeat is told', async () => {
    let sends = 0;
    const send: Channel['send'] = async (messages) => {
      sends += 1;
      return messages.map(() => ({ kind: 'sent' }));
    };
    const begun = { claimed_until: new Date(1), attempts: 1 };
    const doubted = await wait(begun);
    await sendEventMessages(sendingBy(channelThat(send)), lane);
    expect(await stateOf(doubted)).toMatchObject({ state: 'unknown' });
    expect(sends).toBe(0);
    const repeated = await wait(begun);
    await sendEventMessages(sendingBy(channelThat(send, true)), lane);
    expect(await stateOf(repeated)).toBeUndefined();
    expect(sends).toBe(1);
  });
});

describe('a deleted person', () => {
  it('leaves nothing behind, and no late event or copy brings anything back', async () => {
    const { id: userId, tenantId } = demoPerson(25);
    const { db } = service.tools.postgres;
    await service.put(`/users/${userId}/preferences`, await preferencesOf(userId)).expect(200);
    await db
      .insertInto('push_subscriptions')
      .values({
        ...{ id: randomId(), user_id: userId, endpoint: 'https://x', p256dh: 'x', auth: 'x' },
        created_at: new Date(),
      })
      .execute();
    await publish({ type: 'user.password_changed', data: accountOf(25) });
    await until(async () => (await capturedFor(userId)).length === 2);

    const person = personOf(25);
    await publish(
      { type: 'user.deleted', data: { id: userId, tenantId, erase: true, version: 5, at } },
      { type: 'user.updated', data: { ...person, version: 4 } },
      { type: 'user.updated', data: { ...person, version: 6 } },
      { type: 'user.password_changed', data: accountOf(25) },
    );
    const marker = demoPerson(26).id;
    await publish({ type: 'user.password_changed', data: accountOf(26) });
    await until(async () => (await inboxOf(marker, 'user.password_changed')).length === 1);
    await until(async () => {
      const contact = await db
        .selectFrom('contacts')
        .selectAll()
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return contact?.deleted_at != null && contact.name === '' && contact.email === null;
    });
    const rowsIn = async (
      table: 'notifications' | 'preferences' | 'push_subscriptions' | 'captured_messages',
    ) => (await db.selectFrom(table).selectAll().where('user_id', '=', userId).execute()).length;
    expect([await rowsIn('notifications'), await rowsIn('preferences')]).toEqual([0, 0]);
    expect([await rowsIn('push_subscriptions'), await rowsIn('captured_messages')]).toEqual([0, 0]);
    expect(await waitingFor(userId)).toEqual([]);
  });

  const preferencesOf = async (userId: string) => {
    const { body } = await service.get(`/users/${userId}/preferences`);
    const { userId: _, version: __, updatedAt: ___, ...given } = body;
    return { ...given, phone: '+8613912345678' };
  };
});

function accountOf(n: number) {
  const { id: userId, name, email, locale } = demoPerson(n);
  return { userId, name, email, locale, at };
}

function personOf(n: number): Person {
  const { id, username, email, tenantId, locale, timeZone, name } = demoPerson(n);
  return {
    ...{ id, username, email, tenantId, locale, timeZone, name, version: 1 },
    ...{ status: 'active', roles: ['customer'], createdAt: at, updatedAt: at },
  };
}
