import { definitionOf, type EventType } from '@cloudphone/contracts';
import { connectRedis, createLogStore, whenReady } from '@cloudphone/redis';
import { randomId, runInRequestContext, silentLogger } from '@cloudphone/runtime';
import { noteToldEvent, testRedis, whenDone } from '@cloudphone/test-kit';
import { expect, test } from 'vitest';
import { createPublishInvalidation } from './publish-invalidation.ts';

test('views that are dropped by hand are told of in the log: by their tags, with who did it, in the trace of the request', async () => {
  const store = await openStore();
  const invalidate = createPublishInvalidation(store, 'bff-admin');
  const [userId, traceId] = [randomId(), 'a'.repeat(32)];
  const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
  const position = await runInRequestContext({ traceparent, actorId: userId }, () =>
    invalidate(['device:42', 'devices'], userId),
  );

  const [row] = await store.readAfter(0, { count: 10 });
  expect(row).toMatchObject({ seq: position.seq, tags: ['device:42', 'devices'] });
  const { envelope } = JSON.parse(row?.json ?? '');
  expect(envelope).toMatchObject({ type: 'system.cache_invalidated', actorid: userId });
  expect(envelope.traceparent).toContain(traceId);
  const { data } = definitionOf(envelope.type as EventType);
  expect(data.parse(envelope.data)).toMatchObject({ tags: ['device:42', 'devices'], userId });
  await noteToldEvent(row?.json ?? '');
});

test('what is no tag drops nothing, and no row is written', async () => {
  const store = await openStore();
  const invalidate = createPublishInvalidation(store, 'bff-admin');
  await expect(invalidate(['not a tag'])).rejects.toThrow(/is no tag/);
  expect(await store.readAfter(0, { count: 1 })).toEqual([]);
});

async function openStore() {
  const { url } = await testRedis();
  const logger = silentLogger;
  const connection = connectRedis({
    url,
    name: 'test',
    manner: 'fail-fast',
    commandTimeoutMs: 20_000,
    logger,
  });
  whenDone(() => connection.close());
  await whenReady(connection, 5_000);
  return createLogStore({ connection, logger });
}
