import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startRedis } from '@cloudphone/deploy';
import { expect, inject, onTestFinished, test } from 'vitest';
import { closeRunFolder, openRunFolder } from './run-folder.ts';

test('a test run → ends what a killed run left behind, and leaves living runs alone', async () => {
  const runs = dirname(inject('runFolder'));
  const abandoned = await mkdtemp(join(runs, 'run-'));
  const { exited } = await startRedis({ dataDir: join(abandoned, 'redis') });

  const folder = await openRunFolder();
  onTestFinished(() => closeRunFolder(folder));
  expect((await exited).signal).toBe('SIGKILL');
  expect(existsSync(abandoned)).toBe(false);
  expect(existsSync(inject('runFolder'))).toBe(true);
});
