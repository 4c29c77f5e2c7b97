import { describe, expect, test } from 'vitest';
import { isModule, readRepository } from './repository.ts';
import { drawerProblems, environmentProblems, exportProblems } from './source-shape.ts';

const files = readRepository().flatMap((pkg) => pkg.files);
const modules = files.filter(isModule);
const saying = (text: string, path = 'shared/a/src/a.ts') => ({ path, text });

describe('the sources', () => {
  test('no folder and no file is named after a drawer', () => {
    expect(files.flatMap(drawerProblems)).toEqual([]);
  });

  test('every export has a name: no export *, no default export', () => {
    expect(modules.flatMap(exportProblems)).toEqual([]);
  });

  test('the environment is read in config.ts only', () => {
    expect(modules.flatMap(environmentProblems)).toEqual([]);
  });
});

describe('the rules for sources', () => {
  test.each(['shared/a/src/utils/b.ts', 'shared/a/src/types.ts', 'bff-user/lib/b.lua'])(
    '%s is reported as a drawer',
    (path) => {
      expect(drawerProblems(saying('', path))).toHaveLength(1);
    },
  );

  test('an idea that only contains such a word is not', () => {
    expect(drawerProblems(saying('', 'shared/a/src/media-types/type-list.ts'))).toEqual([]);
  });

  test.each(["export * from './b.ts';", "export * as b from './b.ts';"])(
    '%s is reported',
    (text) => {
      expect(exportProblems(saying(text))).toEqual(['shared/a/src/a.ts: export *']);
    },
  );

  test.each(['export default 1;', 'export default function a() {}', 'export default class A {}'])(
    '%s is reported, save where a tool asks for it',
    (text) => {
      expect(exportProblems(saying(text))).toEqual(['shared/a/src/a.ts: a default export']);
      expect(exportProblems(saying(text, 'vitest.config.ts'))).toEqual([]);
    },
  );

  test.each(['const a = process.env.A;', "import { env } from 'node:process';"])(
    '%s is reported outside config.ts',
    (text) => {
      expect(environmentProblems(saying(text))).toHaveLength(1);
      expect(environmentProblems(saying(text, 'bff-user/src/config.ts'))).toEqual([]);
    },
  );

  test('words in comments and strings are not code', () => {
    const text = '/** export * and process.env */\nexport const a = "process.env";';
    expect([...exportProblems(saying(text)), ...environmentProblems(saying(text))]).toEqual([]);
  });
});
