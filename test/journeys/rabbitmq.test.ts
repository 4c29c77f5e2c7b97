import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Device, Page } from '@cloudphone/contracts';
import { type Platform, startPlatform, temporaryFolder } from '@cloudphone/deploy';
import { testRabbit, until, whenDone } from '@cloudphone/test-kit';
import { connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, logIn } from './person.ts';

const rabbit = await testRabbit();
if (rabbit === undefined) {
  console.warn(
    'RabbitMQ is not installed here: ITS JOURNEY IS SKIPPED (apt-get install rabbitmq-server)',
  );
}

const EXCHANGE = 'cloudphone.events';

describe.skipIf(rabbit === undefined)('a platform that has a RabbitMQ', () => {
  let platform: Platform;
  let dataDir: string;
  let admin: Actor;
  let device: Device;

  beforeAll(async () => {
    dataDir = await temporaryFolder('cloudphone-journey-');
    platform = await startPlatform({
      dataDir,
      isDemo: true,
      env: {
        ...process.env,
        SEED_USERS: '5',
        RABBITMQ_URL: rabbit?.url,
        RABBITMQ_PUBLISH: '1',
        DEVICE_PROVIDER_LATENCY_MS: '1',
      },
    });
    admin = await logIn(platform.urls.adminBff, 'admin', 'admin-demo');
    // The bridge connects in its own time.
    await until(async () => {
      const answer = await fetch(`${platform.process('notification').url}/readyz`);
      const { parts } = (await answer.json()) as { parts: { rabbitmq?: { status: string } } };
      return parts.rabbitmq?.status === 'ok';
    });
    const { body } = await admin.get<Page<Device>>('/admin/devices?status=stopped&limit=1');
    const [first] = body.items;
    if (first === undefined) throw new Error('no demo device is stopped');
    device = first;
  }, 180_000);

  afterAll(async () => {
    await platform?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  test('an event that another program publishes there drops views and reaches sockets, once', async () => {
    const path = `/admin/devices/${device.id}/complete-info`;
    const cacheStatus = async () => (await admin.get(path)).headers.get('cache-status') ?? '';
    await until(async () => (await cacheStatus()).includes('hit'), { what: 'a cached view' });
    const socket = await admin.connect(platform.urls.adminBff);
    whenDone(async () => void socket.disconnect());
    const heard: string[] = [];
    socket.on('device.updated', ({ id }: { id: string }) => heard.push(id));

    const id = randomUUID();
    const { channel } = await openBroker();
    for (let copy = 1; copy <= 2; copy++) {
      await publish(channel, { id, type: 'device.updated', data: device });
    }
    await until(() => heard.includes(id), { what: 'the event at the socket' });
    // Another event after the second copy: had that been told, it would have been told by now.
    const next = randomUUID();
    await publish(channel, { id: next, type: 'device.updated', data: device });
    await until(() => heard.includes(next));
    expect(heard.filter((one) => one === id)).toHaveLength(1);
    expect(await cacheStatus()).not.toContain('hit');
  });

  test('what happens here is published there, under the event’s id', async () => {
    const { channel } = await openBroker();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, EXCHANGE, 'device.started');
    const told: string[] = [];
    await channel.consume(queue, (message) => {
      if (message === null) return;
      const { id, subject } = JSON.parse(message.content.toString()) as Record<string, string>;
      expect(message.properties.messageId).toBe(id);
      told.push(subject ?? '');
    });
    const asked = await admin.send('POST', `/admin/devices/${device.id}/start`);
    expect(asked.status).toBe(202);
    await until(() => told.length > 0, { what: 'device.started' });
    expect(told).toEqual([`device/${device.id}`]);
  });
});

async function openBroker() {
  const broker = await connect(rabbit?.url ?? '');
  whenDone(() => broker.close());
  return { channel: await broker.createConfirmChannel() };
}

async function publish(
  channel: Awaited<ReturnType<typeof openBroker>>['channel'],
  event: { readonly id: string; readonly type: string; readonly data: object },
): Promise<void> {
  const content = { specversion: '1.0', source: '/legacy/devices', ...event };
  channel.publish(EXCHANGE, event.type, Buffer.from(JSON.stringify(content)), { persistent: true });
  await channel.waitForConfirms();
}
