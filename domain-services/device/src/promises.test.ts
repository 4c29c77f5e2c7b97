import { parseCacheTags } from '@cloudphone/contracts';
import { demoDevice, demoPerson } from '@cloudphone/domain-service';
import { until } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createDeviceWorld,
  type DeviceWorld,
  paidOrder,
  receiver,
} from './fixtures/device-world.ts';

let world: DeviceWorld;
beforeAll(async () => {
  world = await createDeviceWorld({
    script: { unlucky: { create: { error: 'no' } } },
    settings: { healthEveryMs: 3_600_000 },
  });
});

const READS = [
  '/devices',
  '/devices?status=running',
  '/devices?q=phone-001',
  '/device-counts',
  '/nodes',
  ...[1, 2, 3].flatMap((n) => [
    `/devices?ownerId=${demoPerson(n).id}`,
    `/device-counts?ownerId=${demoPerson(n).id}`,
    `/devices?ids=${demoDevice(n, 1).id},${demoDevice(n, 2).id}`,
    `/devices/${demoDevice(n, 1).id}`,
    `/devices/${demoDevice(n, 2).id}`,
  ]),
];

async function look(): Promise<Map<string, { body: string; tags: string[] }>> {
  const seen = new Map<string, { body: string; tags: string[] }>();
  for (const path of READS) {
    const { body, headers, status } = await world.ask('get', path);
    const tags = parseCacheTags(headers['cache-tags'] ?? '').map(({ tag }) => tag);
    // A problem names its own trace.
    seen.set(path, { body: JSON.stringify(status === 200 ? body : status), tags });
  }
  return seen;
}

const [one, two] = [demoDevice(1, 2), demoDevice(2, 2)];
const ask = (method: 'post' | 'patch' | 'delete', path: string, body?: object) => async () =>
  void (await world.ask(method, path).send(body));
const order = paidOrder({ quantity: 2 });

// Each to its end: what the provider does afterwards changes answers, too.
describe('whatever changes an answer publishes a tag of it', () => {
  test.each([
    ['renaming', ask('patch', `/devices/${one.id}`, { name: 'z' }), 'device.updated'],
    ['stopping', ask('post', `/devices/${one.id}/stop`), 'device.stopped'],
    ['starting', ask('post', `/devices/${two.id}/start`), 'device.started'],
    ['creating', ask('post', '/devices', { name: 'new' }), 'device.created'],
    ['failing to create', ask('post', '/devices', { name: 'unlucky' }), 'device.creation_failed'],
    ['transferring', ask('post', `/devices/${one.id}/transfer`, receiver(3)), 'device.transferred'],
    ['deleting', ask('delete', `/devices/${demoDevice(3, 1).id}`), 'device.deleted'],
    ['adding a node', ask('post', '/nodes', { name: 'new', capacity: 1 }), 'device.node_changed'],
    ['draining a node', ask('patch', '/nodes/new', { isDraining: true }), 'device.pool_changed'],
    [
      'allocating',
      async () => void (await world.publish({ type: 'order.paid', data: order })),
      'device.allocated',
    ],
    [
      'ending an order',
      async () => void (await world.publish({ type: 'order.refunded', data: order })),
      'device.released',
    ],
  ])('%s', async (_, change, outcome) => {
    const before = await look();
    const toldBefore = (await world.told()).length;
    await change();
    const news = async () => (await world.told()).slice(toldBefore);
    await until(async () => (await news()).some(({ type }) => type === outcome), {
      what: outcome,
    });
    const after = await look();
    const published = new Set((await news()).flatMap(({ tags }) => tags.split(',')));
    const changed = [...before].filter(([path, { body }]) => after.get(path)?.body !== body);
    expect(changed).not.toEqual([]);
    for (const [path, { tags }] of changed) {
      expect([path, tags.some((tag) => published.has(tag))]).toEqual([path, true]);
    }
  });
});
