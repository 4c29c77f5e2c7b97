import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';

/** An empty folder of the run, deleted with it; engines and platforms started in it end with it. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(inject('runFolder'), 'folder-'));
  await chmod(folder, 0o755);
  return folder;
}
