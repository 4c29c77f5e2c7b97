import { existsSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { askRedis } from '../../fixtures/ask-redis.ts';
import { runFixture } from '../../fixtures/run-fixture.ts';
import { scratchFolder } from '../../fixtures/scratch-folder.ts';
import { startRedis } from './start-redis.ts';

// Real servers on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const EMPTY_PATH = { PATH: '/nonexistent' };

describe('an embedded redis', () => {
  test('serves on loopback, appends every write and never evicts', async () => {
    const redis = await startRedis({ dataDir: await scratchFolder() });
    expect(await askRedis(redis.port, 'CONFIG GET appendonly')).toContain('yes');
    expect(await askRedis(redis.port, 'CONFIG GET appendfsync')).toContain('everysec');
    expect(await askRedis(redis.port, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
    expect(await askRedis(redis.port, 'CONFIG GET bind')).toContain('127.0.0.1');
  });

  test('keeps its data over a stop', async () => {
    const dataDir = await scratchFolder();
    const first = await startRedis({ dataDir });
    await askRedis(first.port, 'SET phone 7');
    await first.stop();
    const second = await startRedis({ dataDir });
    expect(await askRedis(second.port, 'EXISTS phone')).toBe(':1');
  });

  test('keeps nothing when it is not persistent', async () => {
    const options = { dataDir: await scratchFolder(), persistent: false };
    const first = await startRedis(options);
    await askRedis(first.port, 'SET phone 7');
    await first.stop();
    const second = await startRedis(options);
    expect(await askRedis(second.port, 'EXISTS phone')).toBe(':0');
  });
});

describe('an embedded redis → without one on PATH', () => {
  test.runIf(existsSync('/usr/bin/apt-get'))(
    'is downloaded once and runs',
    async ({ skip }) => {
      const folder = await scratchFolder();
      const options = { enginesDir: `${folder}/engines`, env: EMPTY_PATH };
      const first = await startRedis({ ...options, dataDir: `${folder}/one` }).catch(
        (error: Error) => error,
      );
      if (first instanceof Error) return skip(`no package server can be reached: ${first.message}`);
      expect(await askRedis(first.port, 'PING')).toBe('+PONG');
      const offline = { ...EMPTY_PATH, ...NO_NETWORK };
      const second = await startRedis({ ...options, dataDir: `${folder}/two`, env: offline });
      expect(await askRedis(second.port, 'PING')).toBe('+PONG');
      // A package server may take its time.
    },
    300_000,
  );

  test('says why, and the three ways out, when none can be had', async () => {
    const dataDir = await scratchFolder();
    const starting = startRedis({ dataDir, env: { ...EMPTY_PATH, ...NO_NETWORK } });
    await expect(starting).rejects.toThrow(
      /^No Redis to run: none on PATH, and .*\n\s+1\. install it.*\n\s+2\. .*REDIS_URL.*\n\s+3\. .*PATH/s,
    );
  });
});

const NO_NETWORK = { http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };

describe('an embedded redis → left by a killed parent', () => {
  test('is replaced, with its data', async () => {
    const folder = await scratchFolder();
    const parent = await runFixture('hold-engines', [folder]);
    const { redis: left } = await parent.said<{ redis: { pid: number; port: number } }>();
    await askRedis(left.port, 'SET phone 7');
    await parent.kill('SIGKILL');
    expect(await askRedis(left.port, 'PING')).toBe('+PONG');

    const redis = await startRedis({ dataDir: `${folder}/redis` });
    expect(redis.pid).not.toBe(left.pid);
    await expect(askRedis(left.port, 'PING')).rejects.toThrow('ECONNREFUSED');
    expect(await askRedis(redis.port, 'EXISTS phone')).toBe(':1');
  });

  test('is refused while the parent lives, who is named', async () => {
    const folder = await scratchFolder();
    const parent = await runFixture('hold-engines', [folder]);
    await parent.said();
    await expect(startRedis({ dataDir: `${folder}/redis` })).rejects.toThrow(
      `Redis in ${folder}/redis is in use by the running process ${parent.child.pid}.`,
    );
  });
});
