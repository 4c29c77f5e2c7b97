import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Paths are relative to the root of the repository. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Package {
  /** `shared/http`; the empty string for the repository itself. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Its own: files of packages inside it are theirs. */
  readonly files: readonly SourceFile[];
}

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const GENERATED = new Set(['node_modules', 'dist', '.tsbuild', '.data', 'coverage', '.git']);
const SOURCE = /(?<!\.d)\.(ts|tsx|mts|mjs|js|lua)$/;
const MODULE = /\.(ts|tsx|mts|mjs|js)$/;

export function isModule(file: SourceFile): boolean {
  return MODULE.test(file.path);
}

/** Tests, and what only they stand on: fixtures, and suites that several implementations run. */
export function isTest(file: SourceFile): boolean {
  return /\.test\.tsx?$|(^|\/)(fixtures|testing)\/|-conformance\.ts$|^test\//.test(file.path);
}

/** Every package of the repository with its sources, the repository itself included. */
export function readRepository(root = ROOT): Package[] {
  const paths = walk(root, '');
  const folders = paths
    .filter((path) => path === 'package.json' || path.endsWith('/package.json'))
    .map((path) => path.slice(0, -'/package.json'.length));
  const ownerOf = (path: string) =>
    folders
      .filter((folder) => folder === '' || path.startsWith(`${folder}/`))
      .reduce((nearest, folder) => (folder.length > nearest.length ? folder : nearest), '');
  const sources = paths.filter((path) => SOURCE.test(path));
  return folders.map((folder) => ({
    folder,
    manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest,
    files: sources
      .filter((path) => ownerOf(path) === folder)
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  }));
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return GENERATED.has(entry.name) ? [] : walk(root, path);
    return entry.isFile() ? [path] : [];
  });
}
