import { expect, test, vi } from 'vitest';
import { runFixture } from '../fixtures/run-fixture.ts';
import { scratchFolder } from '../fixtures/scratch-folder.ts';
import { findPortBase } from './find-ports.ts';

// Real servers on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000 });

const SOON = { timeout: 100_000, interval: 20 };

test('npm start → says what a person needs, and ends with 0 at Ctrl-C with nothing left', async () => {
  const { portBase, command } = await start();
  await vi.waitFor(() => expect(command.output()).toContain('Ctrl-C stops it all.'), SOON);
  expect(command.output()).toContain('CloudPhone is ready (');
  expect(command.output()).toContain(`http://127.0.0.1:${portBase}`);
  expect(command.output()).toContain('admin / admin-demo');
  command.child.kill('SIGINT');
  expect((await command.exited).code).toBe(0);
  await expect(fetch(`http://127.0.0.1:${portBase}/`)).rejects.toThrow();
});

test('npm start → interrupted while it starts, ends with 0 and leaves nothing', async () => {
  const { portBase, command } = await start();
  await vi.waitFor(() => expect(command.output()).toContain('Redis is ready'), SOON);
  const redisPort = Number(/Redis is ready on port (\d+)/.exec(command.output())?.[1]);
  command.child.kill('SIGTERM');
  expect((await command.exited).code).toBe(0);
  for (const port of [portBase, redisPort]) {
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  }
});

test('npm start → ends when the npm that runs it is gone', async () => {
  const { portBase, command } = await start('npm-stand-in');
  await vi.waitFor(() => expect(command.output()).toContain('Ctrl-C stops it all.'), SOON);
  command.child.kill('SIGTERM');
  await vi.waitFor(() => expect(command.output()).toContain('The data is kept.'), SOON);
  await expect(fetch(`http://127.0.0.1:${portBase}/`)).rejects.toThrow();
});

async function start(fixture = 'start-sample') {
  const folder = await scratchFolder();
  const portBase = await findPortBase();
  const settings = {
    CLOUDPHONE_DATA_DIR: `${folder}/data`,
    CLOUDPHONE_PORT_BASE: String(portBase),
    CLOUDPHONE_DEMO: '1',
  };
  const command = await runFixture(fixture, [folder], {
    env: { ...process.env, ...settings },
  });
  return { portBase, command };
}
