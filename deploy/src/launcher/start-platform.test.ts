import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { runFixture } from '../fixtures/run-fixture.ts';
import { samplePlatform } from '../fixtures/sample-platform.ts';
import { scratchFolder } from '../fixtures/scratch-folder.ts';
import { freePort } from '../processes/free-port.ts';
import type { PlatformOptions } from './platform-options.ts';
import { type Platform, startPlatform } from './start-platform.ts';

// Real servers on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const SOON = { timeout: 30_000, interval: 20 };

describe('a platform', () => {
  test('gives every process its name, its port, the engines and the other services', async () => {
    const { platform } = await start({ env: { DEVICE_SERVICE_URL: 'http://device.test' } });
    const { portBase, redis } = platform;
    const service = await environmentOf(platform, 'user');
    expect(service).toMatchObject({
      CLOUDPHONE_PROCESS: 'user',
      HOST: '127.0.0.1',
      PORT: String(portBase + 101),
      REDIS_URL: redis.url,
      DATABASE_URL: expect.stringMatching(/\/cloudphone_user$/),
      USER_SERVICE_URL: `http://127.0.0.1:${portBase + 101}`,
      DEVICE_SERVICE_URL: 'http://device.test',
      PUBLIC_ORIGIN: platform.urls.userBff,
      CLOUDPHONE_DEMO: '0',
      SUPERVISED: '1',
    });
    const bff = await environmentOf(platform, 'bff-admin');
    expect(bff).not.toHaveProperty('DATABASE_URL');
    expect(bff).toMatchObject({ PORT: String(portBase), PUBLIC_ORIGIN: platform.urls.adminBff });
    expect(bff.INTERNAL_TOKEN_SECRET).toBe(service.INTERNAL_TOKEN_SECRET);
  });

  test('keeps its secret to itself, and the same over starts', async () => {
    const { platform, options } = await start();
    const { INTERNAL_TOKEN_SECRET: before } = await environmentOf(platform, 'user');
    const { mode } = await stat(join(platform.dataDir, 'internal-token-secret'));
    expect(mode & 0o777).toBe(0o600);
    await platform.stop();
    const again = await startPlatform(options);
    onTestFinished(again.stop);
    const { INTERNAL_TOKEN_SECRET: after } = await environmentOf(again, 'user');
    expect(after).toBe(before);
  });

  test('starts again what crashes, says so with its last words, and keeps a log', async () => {
    const { platform, said } = await start();
    const user = platform.process('user');
    const before = user.pid;
    await fetch(`${user.url}/crash`).catch(() => undefined);
    await vi.waitFor(async () => expect(await ask(user.url)).toBe('user'), SOON);
    await vi.waitFor(() => expect(user.pid).not.toBe(before), SOON);
    expect(said()).toContain('The user service ended by itself (code 1).');
    expect(said()).toContain('user ran out of ideas');
    expect(await readFile(user.logFile, 'utf8')).toContain('user ran out of ideas');
  });

  test('starts again an engine that was killed, on the same port', async () => {
    const { platform } = await start();
    const { own } = platform.redis;
    const before = own?.pid;
    await own?.kill();
    await vi.waitFor(() => expect(own?.pid ?? before).not.toBe(before), SOON);
  });

  test('leaves a stopped process down until it is started', async () => {
    const { platform } = await start();
    const user = platform.process('user');
    await user.stop();
    await expect(ask(user.url)).rejects.toThrow();
    await user.start();
    expect(await ask(user.url)).toBe('user');
  });

  test('runs replicas, each with an address, behind one that sticks', async () => {
    const { platform } = await start({ replicas: 2 });
    const replicas = ['bff-admin-1', 'bff-admin-2'].map((name) => platform.process(name));
    expect(await Promise.all(replicas.map(({ url }) => ask(url)))).toEqual([
      'bff-admin-1',
      'bff-admin-2',
    ]);
    const first = await fetch(platform.urls.adminBff);
    const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const again = await fetch(platform.urls.adminBff, { headers: { cookie } });
    expect(await again.text()).toBe(await first.text());
  });

  test('ends all that it started', async () => {
    const { platform } = await start({ env: { DATABASE_URL: '' } });
    const { redis, postgres } = platform;
    const all = [...platform.processes, redis.own, postgres.own];
    const pids = all.map((one) => one?.pid ?? 0);
    expect(pids).not.toContain(0);
    await platform.stop();
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('a platform → that cannot start', () => {
  test('names the part, shows its last words and leaves nothing running', async () => {
    const starting = start({ env: { FIXTURE_BROKEN: 'user' } });
    await expect(starting).rejects.toThrow(
      /^The user service did not start: it ended with code 3.*user cannot find its way/s,
    );
  });

  test('names the port that is taken, what it was for and the variable', async () => {
    const taken = createServer();
    const portBase = (await freePort()) - 101;
    await new Promise<void>((resolve) => taken.listen(portBase + 101, '127.0.0.1', resolve));
    onTestFinished(async () => void taken.close());
    await expect(start({ portBase })).rejects.toThrow(
      `Port ${portBase + 101}, for the user service, is taken by another program. Stop that ` +
        'program, or choose another range: CLOUDPHONE_PORT_BASE=5000 npm start',
    );
  });

  test('says who has the data folder', async () => {
    const folder = await scratchFolder();
    const { child, said } = await runFixture('hold-platform', [folder]);
    await said();
    const starting = startPlatform(await samplePlatform(folder));
    await expect(starting).rejects.toThrow(`is in use by the running process ${child.pid}.`);
  });
});

describe('a platform → after its launcher was killed', () => {
  test('stops what was left and starts on the same ports', async () => {
    const folder = await scratchFolder();
    const launcher = await runFixture('hold-platform', [folder]);
    const left = await launcher.said<{ portBase: number; pids: number[] }>();
    await launcher.kill('SIGKILL');
    const { platform, said } = await start({ portBase: left.portBase }, folder);
    expect(said()).toContain(`Stopping user (process ${left.pids[0]}), left by an earlier start.`);
    expect(platform.processes.map(({ pid }) => pid)).not.toEqual(left.pids);
    expect(await ask(platform.process('user').url)).toBe('user');
  });
});

// Told of a database server, a start makes none; the sample processes open no database.
const NO_DATABASE = { DATABASE_URL: 'postgres://sample@127.0.0.1:1/sample' };

async function start(parts: Partial<PlatformOptions> = {}, folder?: string) {
  const lines: string[] = [];
  const report = (line: string) => void lines.push(line);
  const sample = await samplePlatform(folder ?? (await scratchFolder()));
  const options = { ...sample, report, ...parts, env: { ...NO_DATABASE, ...parts.env } };
  const platform = await startPlatform(options);
  onTestFinished(platform.stop);
  return { platform, options, said: () => lines.join('\n') };
}

async function environmentOf(platform: Platform, name: string) {
  const answer = await fetch(`${platform.process(name).url}/env`);
  return (await answer.json()) as Record<string, string>;
}

async function ask(url: string): Promise<string> {
  return (await fetch(url)).text();
}
