import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderGuarantees } from './guarantee-list.ts';
import { ROOT, readRepository } from './repository.ts';

const PAGE = join(ROOT, 'shared/view-cache/GUARANTEES.md');
const OF_VIEW_CACHE =
  /^(shared\/view-cache\/src\/.*(\.test|-conformance)\.ts|test\/contract\/view-cache\/.*\.test\.ts)$/;

describe('GUARANTEES.md of the view cache', () => {
  test('reads as the names of its tests say', () => {
    const files = readRepository()
      .flatMap((pkg) => pkg.files)
      .filter(({ path }) => OF_VIEW_CACHE.test(path))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
    const page = renderGuarantees('the view cache', files);
    if (process.env.UPDATE_DOCS === '1') writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });

  test('has a line for every test, with what a table puts into its name', () => {
    const text = `
      describe('a door', () => {
        test('opens', () => {});
        test.each([['oak', 1], ['elm', 2]])('of %s shuts', () => {});
        describe('that is locked', () => { test.each(names)('%s → stays', () => {}); });
      });
      test('walls stand', () => {});`;
    expect(
      renderGuarantees('a house', [{ path: 'house.test.ts', text }])
        .split('\n## ')
        .slice(1),
    ).toEqual([
      'a door\n\n`house.test.ts`\n\n- opens\n- of oak shuts\n- of elm shuts\n',
      'a door: that is locked\n\n`house.test.ts`\n\n- … → stays\n',
      'In small\n\n`house.test.ts`\n\n- walls stand\n',
    ]);
  });
});
