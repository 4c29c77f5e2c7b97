import { type Logger, silentLogger } from '@cloudphone/runtime';
import { testRedis, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { connectRedis, requireNoEviction, whenReady } from './index.ts';

describe('a Redis that holds more than views', () => {
  const connect = async (policy: string, logger: Logger = silentLogger) => {
    const redis = await testRedis({ persistent: false, args: ['--maxmemory-policy', policy] });
    const options = {
      url: redis.url,
      name: 'log',
      manner: 'fail-fast',
      commandTimeoutMs: 20_000,
    } as const;
    const connection = connectRedis({ ...options, logger });
    whenDone(() => connection.close());
    await whenReady(connection, 5_000);
    return { redis, connection };
  };
  const holds = 'the log and queues';

  test('is accepted when it evicts nothing', async () => {
    const { connection } = await connect('noeviction');
    await requireNoEviction(connection, { holds });
  });

  test.each(['allkeys-lru', 'volatile-ttl'])('is refused under %s', async (policy) => {
    const { connection } = await connect(policy);
    await expect(requireNoEviction(connection, { holds })).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining(
        "The Redis of 'log' holds the log and queues, but its maxmemory-policy is " +
          `${policy}: when it is full it would drop them without a word. Set maxmemory-policy ` +
          'noeviction there; if the policy is meant for views, give them a Redis of their own ' +
          '(REDIS_CACHE_URL).',
      ),
    });
  });

  test('does not keep a process from starting when it is away: that is warned of', async () => {
    const warnings: unknown[] = [];
    const logger = {
      ...silentLogger,
      warn: (_: unknown, message: string) => warnings.push(message),
    };
    const { redis, connection } = await connect('noeviction', logger as unknown as Logger);
    await redis.kill();
    await requireNoEviction(connection, { holds });
    expect(warnings).toContain('redis cannot be asked what it evicts');
  });
});
