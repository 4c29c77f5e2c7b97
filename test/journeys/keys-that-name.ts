import { connectRedis, type Redis, whenReady } from '@cloudphone/redis';
import { silentLogger } from '@cloudphone/runtime';

export interface NamingKey {
  readonly key: string;
  /** Until it ends by itself; negative when it does not. */
  readonly ttlMs: number;
}

/** What Redis says of a key that it does not have. */
const GONE = -2;

/** Every key of a Redis whose name or content holds a text, in any case. */
export async function keysThatName(url: string, text: string): Promise<readonly NamingKey[]> {
  const connection = connectRedis({
    url,
    name: 'journey',
    manner: 'patient',
    logger: silentLogger,
  });
  try {
    await whenReady(connection, 5_000);
    const { client } = connection;
    const found: NamingKey[] = [];
    for (const key of await client.keys('*')) {
      const content = await contentOf(client, key);
      const isNaming = `${key}\n${content}`.toLowerCase().includes(text.toLowerCase());
      const ttlMs = await client.pttl(key);
      if (isNaming && ttlMs !== GONE) found.push({ key, ttlMs });
    }
    return found;
  } finally {
    await connection.close();
  }
}

async function contentOf(client: Redis, key: string): Promise<string> {
  switch (await client.type(key)) {
    case 'string':
      return (await client.getBuffer(key))?.toString('latin1') ?? '';
    case 'hash':
      return JSON.stringify(await client.hgetall(key));
    case 'list':
      return JSON.stringify(await client.lrange(key, 0, -1));
    case 'set':
      return JSON.stringify(await client.smembers(key));
    case 'zset':
      return JSON.stringify(await client.zrange(key, '0', '-1'));
    case 'stream':
      return JSON.stringify(await client.xrange(key, '-', '+'));
    default:
      return ''; // Ended since it was listed.
  }
}
