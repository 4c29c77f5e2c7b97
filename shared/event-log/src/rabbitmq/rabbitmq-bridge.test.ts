import { randomUUID } from 'node:crypto';
import { createMetrics, silentLogger, systemClock } from '@cloudphone/runtime';
import { testPostgres, testRabbit, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { describe, expect, test } from 'vitest';
import { buildWorld, userUpdated, versionsOf } from '../fixtures/world.ts';
import { createRabbitmqBridge } from './rabbitmq-bridge.ts';
import { declareTopology, TOPOLOGY, type Topology } from './topology.ts';

const rabbit = await testRabbit();
if (rabbit === undefined) {
  console.warn(
    'RabbitMQ is not installed here: THE BRIDGE IS NOT TESTED (apt-get install rabbitmq-server)',
  );
}

const settled = rabbit === undefined ? TOPOLOGY : await declareEarly();

describe.skipIf(rabbit === undefined)('the bridge to RabbitMQ', { timeout: 120_000 }, () => {
  test('takes in what others publish: in order, once, with the register’s tags and audiences', async () => {
    const { world, publish } = await joined();
    const { rows } = await world.startTail();
    await world.startRelay();
    const id = randomUUID();
    const sent = [1, 2, 3].map((version) => foreign({ id, version }));
    for (const event of [...sent, ...sent.slice(0, 1)]) await publish(event);
    await publish(foreign({ id, version: 4 }));
    await until(() => rows.length >= 4, { what: 'the events' });
    expect(versionsOf(rows)).toEqual([1, 2, 3, 4]);
    expect(rows[0]?.envelope.id).toBe(sent[0]?.id);
    expect(rows[0]?.tags).toEqual([`user:${id}`, 'users']);
    expect(rows[0]?.deliveries.map(({ channel }) => channel)).toContain(`user:${id}`);
  });

  test('refuses what it cannot take in to the dead letters, and goes on', async () => {
    const { world, publish, broker, topology } = await joined();
    const { rows } = await world.startTail();
    await world.startRelay();
    await publish({ ...foreign({}), data: { version: 'none' } });
    // Fits its schema, but no database keeps a text with a zero in it.
    await publish({ ...foreign({ name: 'a\u0000b' }) });
    await publish(foreign({ version: 7 }));
    await until(() => rows.length > 0, { what: 'the good one' });
    expect(versionsOf(rows)).toEqual([7]);
    const channel = await broker.createChannel();
    const dead = await until(async () => {
      const { messageCount } = await channel.checkQueue(topology.deadLetterQueue);
      return messageCount === 2 && messageCount;
    });
    expect(dead).toBe(2);
  });

  test('sends what the log tells, under its id, and does not take its own back in', async () => {
    const { world, bridge, broker, topology } = await joined();
    const channel = await broker.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, topology.exchange, 'user.#');
    const heard: string[] = [];
    await channel.consume(queue, (message) => {
      if (message) heard.push(String(message.properties.messageId));
    });
    const { rows } = await world.startTail();
    await world.startRelay();
    const { eventIds } = await world.writer.write(async () => ({
      result: 0,
      events: [userUpdated()],
    }));
    await until(() => rows.length === 1);
    const [row] = rows;
    if (row === undefined) throw new Error('no row');
    await until(async () =>
      bridge.send(row.envelope).then(
        () => true,
        () => false,
      ),
    );
    // Sent again when its confirmation was late: at least once.
    await until(() => heard.length > 0);
    expect([...new Set(heard)]).toEqual(eventIds);
    await until(async () => (await channel.checkQueue(topology.queue)).messageCount === 0);
    const waiting = await world.postgres.db.selectFrom('outbox').select('id').execute();
    expect(waiting.map(({ id }) => id)).toEqual(eventIds);
  });

  test('loses nothing when the broker is killed and comes back, and says so meanwhile', async () => {
    const { world, bridge, topology } = await joined(settled);
    const { rows } = await world.startTail();
    // Nothing is carried yet: what is published waits in the queue or in the outbox.
    const first = await publisher(topology);
    for (let version = 1; version <= 50; version++) await first.publish(foreign({ version }));
    await rabbit?.kill();
    const envelope = { ...userUpdatedEnvelope() };
    await expect(bridge.send(envelope)).rejects.toMatchObject({ code: 'upstream_unavailable' });
    await rabbit?.start();
    const second = await publisher(topology);
    for (let version = 51; version <= 60; version++) await second.publish(foreign({ version }));
    await world.startRelay();
    await until(() => rows.length >= 60, { what: 'all of them' });
    expect(versionsOf(rows)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
    await until(async () =>
      bridge.send(envelope).then(
        () => true,
        () => false,
      ),
    );
  });
});

const person = randomUUID();

function foreign(over: { id?: string; version?: number; name?: string }) {
  const event = userUpdated({ id: person, ...over });
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: '/legacy/users',
    type: event.type,
    data: event.data,
  };
}

function userUpdatedEnvelope() {
  const { type, data, id, source } = foreign({});
  return {
    specversion: '1.0' as const,
    id,
    source,
    type,
    data: data as Record<string, unknown>,
    subject: 'user/1',
    time: new Date().toISOString(),
    datacontenttype: 'application/json' as const,
    dataschema: 'urn:x',
    tags: '',
  };
}

async function publisher(topology: Topology) {
  const broker: ChannelModel = await connect(rabbit?.url ?? '');
  broker.on('error', () => undefined);
  whenDone(() => broker.close().catch(() => undefined));
  const channel = await broker.createConfirmChannel();
  channel.on('error', () => undefined);
  const publish = async (event: Readonly<Record<string, unknown>> & { readonly type: string }) => {
    const content = Buffer.from(JSON.stringify(event));
    // A broker that has just come back may refuse a while: whoever publishes tries again.
    await until(() => confirmed(channel, topology.exchange, event.type, content));
  };
  return { broker, publish };
}

function freshTopology(): Topology {
  const suffix = randomUUID().slice(0, 8);
  return Object.fromEntries(
    Object.entries(TOPOLOGY).map(([what, name]) => [what, `${name}.${suffix}`]),
  ) as unknown as Topology;
}

/** Declared some time before the broker is killed: it writes down new queues a little later. */
async function declareEarly(): Promise<Topology> {
  const topology = freshTopology();
  const broker = await connect(rabbit?.url ?? '');
  await declareTopology(await broker.createChannel(), topology);
  await broker.close();
  return topology;
}

/** A service with the bridge open, under names that no other test uses. */
async function joined(topology = freshTopology()) {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  const world = await buildWorld({ databaseUrl, redisUrl: redis.url, whenDone });
  const bridge = await createRabbitmqBridge({
    url: rabbit?.url ?? '',
    postgres: world.postgres,
    topology,
    logger: silentLogger,
    metrics: createMetrics(),
    clock: systemClock,
  });
  whenDone(() => bridge.close());
  await until(() => bridge.isConnected(), { what: 'the broker' });
  return { world, bridge, topology, ...(await publisher(topology)) };
}

function confirmed(channel: ConfirmChannel, exchange: string, type: string, content: Buffer) {
  return new Promise<boolean>((resolve) => {
    channel.publish(exchange, type, content, { persistent: true }, (err) => resolve(err === null));
  });
}
