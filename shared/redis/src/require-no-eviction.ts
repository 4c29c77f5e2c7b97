import { appError } from '@cloudphone/errors';
import type { RedisConnection } from './connection.ts';

/**
 * To be called at the start for every Redis that holds more than views: under any other policy than
 * noeviction a full server drops watermarks of the log, locks of queues or sessions without a word
 * (under `volatile-*` these first, as they expire). `holds` says for the message what would be lost.
 * Rejects with internal when the policy is another. One that cannot be asked is only warned of: a
 * process starts without its Redis. A Redis with nothing but views and their leases may evict.
 */
export async function requireNoEviction(
  { client, options }: RedisConnection,
  { holds }: { readonly holds: string },
): Promise<void> {
  const { name, logger } = options;
  // INFO, not CONFIG: servers that others run refuse the latter.
  const memory = await client.info('memory').catch((err: unknown) => {
    logger.warn({ err, connection: name }, 'redis cannot be asked what it evicts');
    return 'maxmemory_policy:noeviction';
  });
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'unknown';
  if (policy === 'noeviction') return;
  throw appError('internal', {
    privateDetail:
      `The Redis of '${name}' holds ${holds}, but its maxmemory-policy is ${policy}: when it is ` +
      'full it would drop them without a word. Set maxmemory-policy noeviction there; if the ' +
      'policy is meant for views, give them a Redis of their own (REDIS_CACHE_URL).',
  });
}
