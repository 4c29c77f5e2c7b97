import { expect, test } from 'vitest';
import { parseSeeding } from './progress.ts';

test('a seeding line → is found among the fields of a log line', () => {
  const line = '{"level":30,"seeding":{"of":"people","done":200,"total":1000},"msg":"seeding"}';
  expect(parseSeeding(line)).toEqual({ of: 'people', done: 200, total: 1000 });
});

test.each(['plain text about "seeding"', '{"seeding":true}', '{"seeding":{"done":1}}', '{}'])(
  'a seeding line → is not %s',
  (line) => {
    expect(parseSeeding(line)).toBeUndefined();
  },
);
