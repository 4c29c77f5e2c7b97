import type { Socket } from 'node:net';
import { createWriter, eventLogMigrations } from '@cloudphone/event-log';
import { connectPostgres, ensureDatabase, migrate, type Postgres, sql } from '@cloudphone/postgres';
import { silentLogger, systemClock } from '@cloudphone/runtime';
import { freePort, testPostgres, until, whenDone } from '@cloudphone/test-kit';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { beforeAll, describe, expect, it } from 'vitest';
import { notificationMigrations } from '../migrations.ts';
import type { NotificationTables } from '../schema.ts';
import { createCaptureChannel } from './capture-channel.ts';
import {
  buildMessage,
  type ChannelUnderTest,
  describeAddressing,
  describeChannel,
} from './channel-conformance.ts';
import { createSmtpChannel } from './smtp-channel.ts';
import { createWebsocketChannel } from './websocket-channel.ts';

let postgres: Postgres<NotificationTables>;

beforeAll(async () => {
  const url = await testPostgres().freshDatabase();
  await ensureDatabase(url);
  postgres = connectPostgres({ url, name: 'channels', logger: silentLogger });
  whenDone(() => postgres.close());
  await migrate(postgres, [...eventLogMigrations, ...notificationMigrations]);
});

const openWebsocket = async (): Promise<ChannelUnderTest> => {
  const clock = systemClock;
  const writer = createWriter<NotificationTables>({ postgres, service: 'notification', clock });
  return {
    channel: createWebsocketChannel({ writer, clock }),
    // Each event is an arrival: sockets hear it, whatever the table holds.
    arrivedFor: async (userId) => {
      const rows = await postgres.db
        .selectFrom('outbox')
        .select('payload')
        .where('key', '=', `inbox:${userId}`)
        .execute();
      return rows.map(({ payload }) => titleOf(payload));
    },
  };
};

function titleOf(payload: unknown): string {
  return (payload as { envelope: { data: { title: string } } }).envelope.data.title;
}

const openCapture = async (): Promise<ChannelUnderTest> => ({
  channel: createCaptureChannel({
    kind: 'email',
    db: postgres.db,
    clock: systemClock,
    addressOf: ({ contact }) => contact.email ?? undefined,
  }),
  arrivedFor: async (userId) => {
    const rows = await postgres.db
      .selectFrom('captured_messages')
      .select('title')
      .where('user_id', '=', userId)
      .execute();
    return rows.map(({ title }) => title);
  },
});

interface Mail {
  readonly to: string;
  readonly text: string;
}

/** A real SMTP server that keeps what it accepted. */
async function startSmtp(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, callback) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const text = Buffer.concat(parts).toString();
        for (const { address } of session.envelope.rcptTo) mails.push({ to: address, text });
        callback();
      });
    },
    ...options,
  });
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket) => sockets.add(socket));
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  whenDone(() => new Promise((resolve) => server.close(() => resolve())));
  const channel = createSmtpChannel({ url: `smtp://127.0.0.1:${port}`, sender: 'a@example.com' });
  whenDone(() => channel.close());
  const loseConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { channel, mails, loseConnections };
}

const openSmtp = async (): Promise<ChannelUnderTest> => {
  const { channel, mails } = await startSmtp();
  return {
    channel,
    arrivedFor: async (userId) =>
      mails
        .filter(({ to }) => to === `${userId}@example.com`)
        .map(({ text }) => /^Subject: (.*)$/m.exec(text)?.[1]?.trim() ?? ''),
  };
};

describeChannel('websocket', openWebsocket);
describeChannel('captured e-mail', openCapture);
describeAddressing('captured e-mail', openCapture);
describeChannel('SMTP', openSmtp);
describeAddressing('SMTP', openSmtp);

describe('SMTP failures', () => {
  const sendOne = async (options: SMTPServerOptions) => {
    const { channel } = await startSmtp(options);
    const [outcome] = await channel.send([buildMessage()], () => true);
    return outcome;
  };
  const refusal = (responseCode: number) => Object.assign(new Error('no'), { responseCode });

  it('about a recipient are final with 5yz and may pass with 4yz', async () => {
    const answer = (code: number): SMTPServerOptions => ({
      onRcptTo: (_address, _session, callback) => callback(refusal(code)),
    });
    expect(await sendOne(answer(550))).toMatchObject({ kind: 'rejected', code: 'smtp_550' });
    expect(await sendOne(answer(451))).toMatchObject({ kind: 'retry', code: 'smtp_451' });
  });

  it('about us as a sender cost the recipients nothing', async () => {
    const outcome = await sendOne({
      onMailFrom: (_address, _session, callback) => callback(refusal(550)),
    });
    expect(outcome).toMatchObject({ kind: 'unavailable', code: 'smtp_550' });
  });

  it('are unknown when the server is lost while the message is under way', async () => {
    const smtp = await startSmtp({
      onData: (stream) => {
        stream.resume();
        stream.on('end', () => smtp.loseConnections());
      },
    });
    const [outcome] = await smtp.channel.send([buildMessage()], () => true);
    expect(outcome).toMatchObject({ kind: 'unknown' });
  });

  it('cost nothing when there is no server', async () => {
    const channel = createSmtpChannel({
      url: `smtp://127.0.0.1:${await freePort()}`,
      sender: 'a@example.com',
    });
    whenDone(() => channel.close());
    const [outcome] = await channel.send([buildMessage()], () => true);
    expect(outcome).toMatchObject({ kind: 'unavailable', code: 'smtp_away' });
  });
});

describe.each([
  ['in-app messages', openWebsocket],
  ['captured messages', openCapture],
])('%s for somebody who is being deleted', (_, open) => {
  it('wait for that, and are not written', async () => {
    const { channel, arrivedFor } = await open();
    const message = buildMessage();
    const { userId, name } = message.contact;
    const row = { user_id: userId, name, email: null, locale: 'en', time_zone: 'UTC', version: 1 };
    const more = { tenant_id: null, roles: [], joined_at: null, deleted_at: null };
    await postgres.db
      .insertInto('contacts')
      .values({ ...row, ...more })
      .execute();
    let hasBegun = false;
    let end = (): void => {};
    const isOver = new Promise<void>((resolve) => {
      end = resolve;
    });
    const deletion = postgres.db.transaction().execute(async (tx) => {
      const deleted = { deleted_at: new Date() };
      await tx.updateTable('contacts').set(deleted).where('user_id', '=', userId).execute();
      hasBegun = true;
      await isOver;
    });
    whenDone(async () => end());
    await until(() => hasBegun);
    const sent = channel.send([message], () => true);
    await until(async () => {
      const { rows } = await sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(postgres.db);
      return rows.length > 0;
    });
    end();
    await deletion;
    expect(await sent).toMatchObject([{ kind: 'skipped', code: 'unknown_person' }]);
    expect(await arrivedFor(userId)).toEqual([]);
  });
});
