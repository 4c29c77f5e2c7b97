import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  bodyOf,
  type CacheNode,
  type CacheWorld,
  openCacheWorld,
  phoneView,
  plainView,
  SCOPE,
} from './fixtures/cache-world.ts';
import { keyOf } from './view-key.ts';

const options = { scope: SCOPE };

describe('a view cache', () => {
  let world: CacheWorld;
  let node: CacheNode;
  beforeEach(async () => {
    const redis = await testRedis({ persistent: false });
    world = await openCacheWorld(redis.url);
    whenDone(world.close);
    node = await world.startNode();
  });

  test('loads what it does not have, then answers from memory with the same bytes', async () => {
    world.source.truth.set('phone:7', 42);
    const first = await node.cache.read(phoneView, { phone: '7' }, options);
    const second = await node.cache.read(phoneView, { phone: '7' }, options);
    expect(bodyOf(first)).toEqual({ value: 42, owner: 0 });
    expect([first.status, first.tier]).toEqual(['miss', 'source']);
    expect([second.status, second.tier]).toEqual(['hit', 'memory']);
    expect(second.body).toBe(first.body);
    expect(second.etag).toBe(first.etag);
    expect(world.source.calls).toBe(2);
  });

  test('says when an answer has the position it was valid at, its age and what each part took', async () => {
    const before = await world.publish(['elsewhere']);
    await until(() => node.feed.applied?.seq === before.seq);
    const loaded = await node.cache.read(phoneView, { phone: '7' }, options);
    expect(loaded.position).toEqual(before);
    expect(loaded.timings.map(({ part }) => part)).toEqual(['phone', 'owner']);
    const later = await world.publish(['elsewhere']);
    await until(() => node.feed.applied?.seq === later.seq);
    const hit = await node.cache.read(phoneView, { phone: '7' }, options);
    expect(hit.position).toEqual(later);
    expect(hit.ageMs).toBeGreaterThan(0);
    expect(hit.ttlMs).toBeGreaterThan(20_000);
  });

  test('finds in Redis what another node has loaded', async () => {
    const other = await world.startNode();
    const loaded = await other.cache.read(phoneView, { phone: '7' }, options);
    await until(() =>
      world.redis.client.exists(`view:test:${keyOf(phoneView, { phone: '7' }, SCOPE)}`),
    );
    const found = await node.cache.read(phoneView, { phone: '7' }, options);
    expect([found.status, found.tier]).toEqual(['hit', 'redis']);
    expect(found.body).toEqual(loaded.body);
    expect(found.etag).toBe(loaded.etag);
    expect(world.source.calls).toBe(2);
    expect((await node.cache.read(phoneView, { phone: '7' }, options)).tier).toBe('memory');
  });

  test('drops a view the moment anything it was built from changes, whichever part it was', async () => {
    await node.cache.read(phoneView, { phone: '7' }, options);
    for (const tag of ['phone:7', 'owner-of:7']) {
      const position = await world.write(tag);
      await until(() => node.feed.applied?.seq === position.seq);
      const answer = await node.cache.read(phoneView, { phone: '7' }, options);
      expect([tag, answer.status]).toEqual([tag, 'miss']);
    }
    expect(bodyOf(await node.cache.read(phoneView, { phone: '7' }, options))).toEqual({
      value: 1,
      owner: 1,
    });
  });

  test('keeps a view when something else changes', async () => {
    await node.cache.read(phoneView, { phone: '7' }, options);
    const position = await world.write('phone:8');
    await until(() => node.feed.applied?.seq === position.seq);
    expect((await node.cache.read(phoneView, { phone: '7' }, options)).tier).toBe('memory');
  });

  test('peek → answers at once from memory, and only what is valid', async () => {
    const key = keyOf(phoneView, { phone: '7' }, SCOPE);
    expect(node.cache.peek(phoneView, key)).toBeUndefined();
    const loaded = await node.cache.read(phoneView, { phone: '7' }, options);
    const peeked = node.cache.peek(phoneView, key);
    expect(peeked?.body).toBe(loaded.body);
    expect(node.cache.peek(phoneView, key)).toBe(peeked);
    expect(node.cache.peek(phoneView, key, 'bypass')).toBeUndefined();
    const position = await world.write('phone:7');
    expect(node.cache.peek(phoneView, key, position)).toBeUndefined();
    await until(() => node.feed.applied?.seq === position.seq);
    expect(node.cache.peek(phoneView, key)).toBeUndefined();
  });

  test('a hundred simultaneous readers → one load', async () => {
    world.source.delayMs = 30;
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => node.cache.read(phoneView, { phone: '7' }, options)),
    );
    expect(world.source.calls).toBe(2);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  });

  test('two nodes of fifty simultaneous readers each → one load', async () => {
    const other = await world.startNode();
    world.source.delayMs = 5;
    // The least of three: who stands still for longer than its lease lasts is loaded for by another.
    const calls: number[] = [];
    for (const phone of ['7', '8', '9']) {
      const before = world.source.calls;
      await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          (i % 2 ? node : other).cache.read(phoneView, { phone }, options),
        ),
      );
      calls.push(world.source.calls - before);
    }
    expect(Math.min(...calls)).toBe(2);
  });

  test('keeps apart what scopes keep apart, and together what they do not', async () => {
    const read = (scope: Partial<typeof SCOPE>) =>
      node.cache.read(phoneView, { phone: '7' }, { scope: { ...SCOPE, ...scope } });
    await read({});
    expect((await read({ subject: 'u2' })).status).toBe('hit');
    for (const scope of [{ tenant: 't2' }, { permissionVersion: 2 }, { audience: 'user' }]) {
      expect((await read(scope)).status).toBe('miss');
    }
    await node.cache.read(plainView, { tag: 'x' }, options);
    const elsewhere = { scope: { ...SCOPE, tenant: 't9', subject: 'u9' } };
    expect((await node.cache.read(plainView, { tag: 'x' }, elsewhere)).status).toBe('hit');
  });

  test('refuses parameters that do not fit, naming each', async () => {
    const wrong = { phone: 7, color: 'red' } as unknown as { phone: string };
    await expect(node.cache.read(phoneView, wrong, options)).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: 'params.phone' }, { path: 'params' }],
    });
  });
});
