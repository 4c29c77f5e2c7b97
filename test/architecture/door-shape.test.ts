import { describe, expect, test } from 'vitest';
import { doorProblems } from './door-shape.ts';
import { readRepository } from './repository.ts';

const exports = { '.': './src/index.ts' };
const packageOf = (manifest: object, files: Record<string, string>) => ({
  folder: 'a',
  manifest: { name: 'a', ...manifest },
  files: Object.entries(files).map(([path, text]) => ({ path: `a/${path}`, text })),
});

describe('the doors of packages', () => {
  const packages = readRepository().filter(({ folder }) => folder !== '' && folder !== 'test');

  test.each(packages.map((pkg) => [pkg.folder, pkg] as const))(
    '%s → has one door that only re-exports, or is a process',
    (_, pkg) => {
      expect(doorProblems(pkg)).toEqual([]);
    },
  );
});

describe('the rule for doors', () => {
  test('a door of re-exports is fine, and so is a process without one', () => {
    const text = "export { b } from './b.ts';\nexport type { C } from './c.ts';";
    expect(doorProblems(packageOf({ exports }, { 'src/index.ts': text }))).toEqual([]);
    expect(doorProblems(packageOf({}, { 'src/main.ts': '' }))).toEqual([]);
  });

  test.each([
    ['logic', { exports }, { 'src/index.ts': 'export const a = 1;' }],
    ['an import of its own', { exports }, { 'src/index.ts': "import './b.ts';" }],
    ['a list of local names', { exports }, { 'src/index.ts': 'export { };' }],
    ['a second door', { exports: { ...exports, './b': './src/b.ts' } }, { 'src/index.ts': '' }],
    ['no door where one is declared', { exports }, { 'src/b.ts': '' }],
    ['an undeclared door', {}, { 'src/index.ts': '', 'src/main.ts': '' }],
    ['nothing to start or to import', {}, { 'src/b.ts': '' }],
  ])('%s is reported', (_, manifest, files) => {
    expect(doorProblems(packageOf(manifest, files))).toHaveLength(1);
  });
});
