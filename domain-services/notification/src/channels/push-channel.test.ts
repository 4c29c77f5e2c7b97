import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { eventLogMigrations } from '@cloudphone/event-log';
import { connectPostgres, ensureDatabase, migrate, type Postgres } from '@cloudphone/postgres';
import { randomId, silentLogger } from '@cloudphone/runtime';
import { freePort, testPostgres, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import webPush from 'web-push';
import { notificationMigrations } from '../migrations.ts';
import type { NotificationTables } from '../schema.ts';
import { buildMessage, type ChannelUnderTest, describeChannel } from './channel-conformance.ts';
import { createPushChannel } from './push-channel.ts';
import { isPushEndpoint, PUSH_HOSTS } from './push-endpoints.ts';

let postgres: Postgres<NotificationTables>;
const keys = { ...webPush.generateVAPIDKeys(), subject: 'mailto:tests@cloudphone.example' };

beforeAll(async () => {
  const url = await testPostgres().freshDatabase();
  await ensureDatabase(url);
  postgres = connectPostgres({ url, name: 'push', logger: silentLogger });
  whenDone(() => postgres.close());
  await migrate(postgres, [...eventLogMigrations, ...notificationMigrations]);
});

interface Pushed {
  readonly path: string;
  readonly authorization: string;
  readonly topic: string;
  readonly body: Buffer;
}

/** A push service of our own: keeps what it takes, and answers what it is told to by path. */
async function startPushService(statusOf: (path: string) => number = () => 201) {
  const taken: Pushed[] = [];
  const server = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      const path = req.url ?? '';
      const status = statusOf(path);
      if (status === 201) {
        const { authorization = '', topic } = req.headers;
        taken.push({ path, authorization, topic: String(topic), body: Buffer.concat(parts) });
      }
      res.writeHead(status, { 'retry-after': '9' }).end();
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  whenDone(() => new Promise((resolve) => server.close(() => resolve())));
  whenDone(async () => server.closeAllConnections());
  const host = `127.0.0.1:${port}`;
  const channel = createPushChannel({ keys, hosts: [host], db: postgres.db });
  return { channel, taken, url: `http://${host}` };
}

/** A browser with keys of its own, that can read what is meant for it. */
async function addBrowser(userId: string, endpoint: string) {
  const pair = createECDH('prime256v1');
  const p256dh = pair.generateKeys().toString('base64url');
  const auth = randomBytes(16).toString('base64url');
  await postgres.db
    .insertInto('push_subscriptions')
    .values({ id: randomId(), user_id: userId, endpoint, p256dh, auth, created_at: new Date() })
    .execute();
  return {
    read: (body: Buffer) =>
      JSON.parse(decrypt(body, pair, Buffer.from(auth, 'base64url'))) as Record<string, string>,
  };
}

/** What a browser does with a message of one record (RFC 8188 §2, RFC 8291 §3.4). */
function decrypt(body: Buffer, pair: ECDH, auth: Buffer): string {
  const salt = body.subarray(0, 16);
  const sender = body.subarray(21, 21 + body.readUInt8(20));
  const sealed = body.subarray(21 + sender.length);
  const derive = (key: Buffer, from: Buffer, info: Buffer | string, length: number) =>
    Buffer.from(hkdfSync('sha256', key, from, info, length));
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), sender]);
  const secret = derive(pair.computeSecret(sender), auth, info, 32);
  const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16);
  const nonce = derive(secret, salt, 'Content-Encoding: nonce\0', 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  return padded.subarray(0, padded.lastIndexOf(2)).toString();
}

const openPush = async (): Promise<ChannelUnderTest> => {
  const { channel, taken, url } = await startPushService();
  const browsers = new Map<string, Awaited<ReturnType<typeof addBrowser>>>();
  return {
    channel: {
      ...channel,
      send: async (messages, mayBegin) => {
        for (const { contact } of messages) {
          if (browsers.has(contact.userId)) continue;
          browsers.set(
            contact.userId,
            await addBrowser(contact.userId, `${url}/${contact.userId}`),
          );
        }
        return channel.send(messages, mayBegin);
      },
    },
    arrivedFor: async (userId) =>
      taken
        .filter(({ path }) => path === `/${userId}`)
        .map(({ body }) => browsers.get(userId)?.read(body).title ?? ''),
  };
};

describeChannel('Web Push', openPush);

describe('Web Push', () => {
  const browsersOf = (userId: string) =>
    postgres.db
      .selectFrom('push_subscriptions')
      .select('endpoint')
      .where('user_id', '=', userId)
      .execute();

  it('is signed for the service, readable by the browser alone, and replaces its own repeat', async () => {
    const { channel, taken, url } = await startPushService();
    const content = { title: 'Title', body: 'Body', pushText: '短信 '.repeat(500) };
    const message = buildMessage({ content });
    const browser = await addBrowser(message.contact.userId, `${url}/one`);
    await channel.send([message], () => true);
    const [pushed] = taken;
    expect(pushed?.authorization).toMatch(/^vapid t=[\w-]+\.[\w-]+\.[\w-]+, k=/);
    expect(pushed?.topic).toBe(message.key.replaceAll('-', ''));
    expect(pushed?.body.includes('Title')).toBe(false);
    expect(pushed?.body.length).toBeLessThan(4_096);
    const read = browser.read(pushed?.body ?? Buffer.alloc(0));
    expect(read).toMatchObject({ title: 'Title', tag: message.key });
    expect(read.body).toMatch(/^短信/);
  });

  it.each([404, 410])(
    'forgets a browser that is gone (%d), and reaches the others',
    async (status) => {
      const { channel, taken, url } = await startPushService((path) =>
        path === '/gone' ? status : 201,
      );
      const message = buildMessage();
      const { userId } = message.contact;
      await addBrowser(userId, `${url}/gone`);
      await addBrowser(userId, `${url}/here`);
      expect(await channel.send([message], () => true)).toEqual([{ kind: 'sent' }]);
      expect(taken.map(({ path }) => path)).toEqual(['/here']);
      expect(await browsersOf(userId)).toEqual([{ endpoint: `${url}/here` }]);
    },
  );

  it('skips whoever has no browser left', async () => {
    const { channel, url } = await startPushService(() => 410);
    const message = buildMessage();
    await addBrowser(message.contact.userId, `${url}/gone`);
    const skipped = [{ kind: 'skipped', code: 'no_contact' }];
    expect(await channel.send([message], () => true)).toMatchObject(skipped);
    expect(await channel.send([buildMessage()], () => true)).toMatchObject(skipped);
  });

  it('waits for as long as the service asks', async () => {
    const { channel, url } = await startPushService(() => 429);
    const message = buildMessage();
    await addBrowser(message.contact.userId, `${url}/busy`);
    expect(await channel.send([message], () => true)).toMatchObject([
      { kind: 'unavailable', because: 'too-many', retryInMs: 9_000 },
    ]);
    expect(await browsersOf(message.contact.userId)).toHaveLength(1);
  });

  it.each([
    ['https://fcm.googleapis.com/fcm/send/x', true],
    ['https://web.push.apple.com/x', true],
    ['https://push.apple.com.evil.example/x', false],
    ['https://fcm.googleapis.com:8443/x', false],
    ['http://fcm.googleapis.com/x', false],
    ['https://user@fcm.googleapis.com/x', false],
    ['http://169.254.169.254/latest/meta-data', false],
    ['https://127.0.0.1/x', false],
    ['file:///etc/passwd', false],
  ])('calls %s: %s', (endpoint, isAllowed) => {
    expect(isPushEndpoint(endpoint, PUSH_HOSTS)).toBe(isAllowed);
  });
});
