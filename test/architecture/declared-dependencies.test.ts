import { describe, expect, test } from 'vitest';
import { dependencyProblems } from './declared-dependencies.ts';
import { type Package, readRepository } from './repository.ts';

const packageOf = (
  folder: string,
  manifest: object,
  files: Record<string, string> = {},
): Package => ({
  folder,
  manifest: { name: folder, ...manifest },
  files: Object.entries(files).map(([path, text]) => ({ path: `${folder}/${path}`, text })),
});
const root = packageOf('', { devDependencies: { vitest: '4' } });

describe('the packages of this repository', () => {
  const packages = readRepository();
  const [repository] = packages.filter(({ folder }) => folder === '');

  test.each(packages.map((pkg) => [pkg.manifest.name, pkg] as const))(
    '%s → declares what it imports, and imports what it declares',
    (_, pkg) => {
      expect(dependencyProblems(pkg, repository!)).toEqual([]);
    },
  );
});

describe('the comparison of imports with declared dependencies', () => {
  test('reports an import that is not declared', () => {
    const pkg = packageOf('a', {}, { 'src/a.ts': "import { z } from 'zod';" });
    expect(dependencyProblems(pkg, root)).toEqual([
      'a/src/a.ts imports zod, which a does not declare',
    ]);
  });

  test('reports a type import, a re-export and an import() alike', () => {
    const text =
      "import type { A } from 'a-1';\nexport { b } from '@b/b/deep';\nawait import('c');";
    const problems = dependencyProblems(packageOf('a', {}, { 'src/a.ts': text }), root);
    expect(problems.map((problem) => / imports (\S+),/.exec(problem)?.[1])).toEqual([
      'a-1',
      '@b/b',
      'c',
    ]);
  });

  test('reports what runs on a dependency declared for development only', () => {
    const pkg = packageOf(
      'a',
      { devDependencies: { supertest: '7' } },
      { 'src/a.ts': "import 'supertest';", 'src/a.test.ts': "import 'supertest';" },
    );
    expect(dependencyProblems(pkg, root)).toEqual([
      'a/src/a.ts imports supertest, which a does not declare',
    ]);
  });

  test("leaves the repository's tools to tests and denies them to what runs", () => {
    const pkg = packageOf(
      'a',
      {},
      { 'src/a.test.ts': "import 'vitest';", 'src/b.ts': "import 'vitest';" },
    );
    expect(dependencyProblems(pkg, root)).toEqual([
      'a/src/b.ts imports vitest, which a does not declare',
    ]);
  });

  test('reports a package of ours that is declared and never imported', () => {
    const pkg = packageOf('a', { dependencies: { '@cloudphone/errors': '*' } });
    expect(dependencyProblems(pkg, root)).toEqual([
      'a declares @cloudphone/errors, which nothing in it imports',
    ]);
  });
});
