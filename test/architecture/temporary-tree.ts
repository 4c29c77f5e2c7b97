import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

export interface TemporaryTree {
  readonly root: string;
  remove(): void;
}

/**
 * A small repository: the files given, and a package with a door for each folder named in
 * `packages`, linked under node_modules as workspaces are.
 */
export function buildTree(
  packages: readonly string[],
  files: Readonly<Record<string, string>>,
): TemporaryTree {
  const root = mkdtempSync(join(tmpdir(), 'cloudphone-tree-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('package.json', JSON.stringify({ name: 'tree', workspaces: packages }));
  mkdirSync(join(root, 'node_modules/@cloudphone'), { recursive: true });
  for (const folder of packages) {
    const name = `@cloudphone/${folder === 'test/kit' ? 'test-kit' : basename(folder)}`;
    write(`${folder}/package.json`, JSON.stringify({ name, exports: { '.': './src/index.ts' } }));
    write(`${folder}/src/index.ts`, 'export {};\n');
    symlinkSync(join(root, folder), join(root, 'node_modules', name));
  }
  for (const [path, text] of Object.entries(files)) write(path, text);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
