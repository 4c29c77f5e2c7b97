import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder, found from wherever this code runs: as source or from its bundle. */
export function findProjectDir(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'lerna.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('The launcher is not inside its project.');
    folder = parent;
  }
  return folder;
}
