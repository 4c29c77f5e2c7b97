import { describe, expect, test } from 'vitest';
import { versionProblems } from './pinned-versions.ts';
import { readRepository } from './repository.ts';

const packageOf = (folder: string, dependencies: Record<string, string>) => ({
  folder,
  manifest: { name: folder, dependencies },
  files: [],
});

describe('versions of dependencies', () => {
  test('are exact, and the same everywhere', () => {
    expect(versionProblems(readRepository())).toEqual([]);
  });

  test.each(['^4.6.7', '~4.6.7', '*', 'latest'])('%s is reported', (version) => {
    expect(versionProblems([packageOf('a', { zod: version })])).toEqual([
      `a declares zod as ${version}`,
    ]);
  });

  test('a package of ours with a version is reported', () => {
    expect(versionProblems([packageOf('a', { '@cloudphone/errors': '0.1.0' })])).toEqual([
      'a declares @cloudphone/errors as 0.1.0',
    ]);
  });

  test('two versions of one library are reported', () => {
    const packages = [packageOf('a', { zod: '4.6.7' }), packageOf('b', { zod: '4.6.6' })];
    expect(versionProblems(packages)).toEqual(['zod has several versions: 4.6.6, 4.6.7']);
  });
});
