import { describe, expect, test } from 'vitest';
import { luaHeaderProblems } from './lua-header.ts';
import { readRepository } from './repository.ts';

const isLua = ({ path }: { path: string }) => path.endsWith('.lua');
const scripts = readRepository()
  .flatMap((pkg) => pkg.files)
  .filter(isLua);

const HEADER = [
  '-- Adds one to a counter unless it is at its limit.',
  '-- KEYS: counter',
  '-- ARGV: limit',
  '-- Returns the counter after.',
  '-- Atomic, because two callers at the limit would both add.',
  '-- Bounded: two commands.',
];

describe('Lua scripts', () => {
  test('there are some, and every one opens with its contract', () => {
    expect(scripts).not.toEqual([]);
    expect(scripts.flatMap(luaHeaderProblems)).toEqual([]);
  });

  test('a complete header is accepted', () => {
    const text = [...HEADER, "return redis.call('INCR', KEYS[1])"].join('\n');
    expect(luaHeaderProblems({ path: 'a.lua', text })).toEqual([]);
  });

  test.each(HEADER.map((line, index) => [line, index] as const))(
    'a header without "%s" is reported',
    (_, index) => {
      const text = [...HEADER.filter((__, i) => i !== index), 'return KEYS, ARGV'].join('\n');
      expect(luaHeaderProblems({ path: 'a.lua', text })).toHaveLength(1);
    },
  );

  test('what stands before scripts need not name their keys and arguments', () => {
    const text = [HEADER[0], ...HEADER.slice(4), 'local function one() return 1 end'].join('\n');
    expect(luaHeaderProblems({ path: 'a.lua', text })).toEqual([]);
    expect(luaHeaderProblems({ path: 'a.lua', text: 'local a = 1' })).toHaveLength(3);
  });
});
