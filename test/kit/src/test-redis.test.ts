import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { testRedis } from './test-redis.ts';
import { until } from './until.ts';

describe('a test’s own redis', () => {
  test('serves, and comes back with its data on the same port', async () => {
    const redis = await testRedis();
    expect(await ask(redis.port, 'SET phone 7')).toBe('+OK');
    await redis.restart({ keepData: true });
    expect(await ask(redis.port, 'EXISTS phone')).toBe(':1');
  });

  test('comes back empty when its data is not kept, also after a kill', async () => {
    const redis = await testRedis();
    await ask(redis.port, 'SET phone 7');
    await redis.kill();
    await redis.restart();
    expect(await ask(redis.port, 'EXISTS phone')).toBe(':0');
  });

  test('answers nothing while paused, and the same question when resumed', async () => {
    const redis = await testRedis();
    await redis.pause();
    let answer: string | undefined;
    const asking = ask(redis.port, 'PING').then((reply) => {
      answer = reply;
    });
    await expect(until(() => answer, { timeoutMs: 100 })).rejects.toThrow('in vain');
    await redis.resume();
    await asking;
    expect(answer).toBe('+PONG');
  });

  test('takes more arguments of redis-server', async () => {
    const redis = await testRedis({ args: ['--maxclients', '77'] });
    expect(await ask(redis.port, 'CONFIG GET maxclients')).toContain('77');
  });
});

describe('its life', () => {
  const seen: number[] = [];

  test('starts one', async () => {
    seen.push((await testRedis({ persistent: false })).pid);
  });

  test('ended it with the test that started it', () => {
    expect(() => process.kill(seen[0]!, 0)).toThrow('ESRCH');
  });
});

function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('error', reject);
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(reply.toString().trim());
    });
  });
}
