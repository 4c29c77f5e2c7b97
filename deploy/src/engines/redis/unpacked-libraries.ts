import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The library folders of packages unpacked under `folder`, as LD_LIBRARY_PATH wants them. */
export async function librariesUnder(folder: string): Promise<string> {
  const found = await Promise.all(
    ['usr/lib', 'lib'].map(async (part) => {
      const names = await readdir(join(folder, part)).catch(() => []);
      return names
        .filter((name) => name.includes('-linux-'))
        .map((name) => join(folder, part, name));
    }),
  );
  return found.flat().join(':');
}
