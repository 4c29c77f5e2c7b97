import { describe, expect, test } from 'vitest';
import { strayEngineImports } from './engine-owners.ts';
import { readRepository } from './repository.ts';

const files = [
  { path: 'shared/a/src/a.ts', text: "import type { Redis } from 'ioredis';" },
  { path: 'shared/a/src/a.test.ts', text: "import { Redis } from 'ioredis';" },
];

describe('third-party engines', () => {
  test('each is imported by its owner only', () => {
    expect(readRepository().flatMap(strayEngineImports)).toEqual([]);
  });

  test('a stray import is reported, also of types, but not in a test', () => {
    expect(strayEngineImports({ folder: 'shared/a', manifest: { name: 'a' }, files })).toEqual([
      'shared/a/src/a.ts imports ioredis: shared/redis owns it',
    ]);
  });

  test('the owner may', () => {
    expect(strayEngineImports({ folder: 'shared/redis', manifest: { name: 'r' }, files })).toEqual(
      [],
    );
  });
});
