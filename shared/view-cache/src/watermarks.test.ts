import { describe, expect, test } from 'vitest';
import { holdEntry, type LoadedEntry } from './entry.ts';
import { createWatermarks } from './watermarks.ts';

const entryOf = (start: number, tags: readonly string[], epoch = 'e1') =>
  holdEntry({ epoch, start, tags, createdAtMs: 0 } as unknown as LoadedEntry, 0);
const fact = (seq: number, ...tags: string[]) =>
  ({ position: { epoch: 'e1', seq }, tags, class: 'fact' }) as const;

describe('watermarks', () => {
  test('an entry is valid while no change of its tags is later than its start', () => {
    const marks = createWatermarks();
    marks.reset({ epoch: 'e1', seq: 10 });
    const entry = entryOf(10, ['a', 'b']);
    marks.apply(fact(11, 'c'));
    expect(marks.check(entry, 1)).toBe('valid');
    marks.apply(fact(12, 'b'));
    expect(marks.check(entry, 2)).toBe('changed');
    expect(marks.check(entryOf(12, ['a', 'b']), 3)).toBe('valid');
  });

  test('a change that is in the entry already does not drop it, though it is heard of later', () => {
    const marks = createWatermarks();
    marks.reset({ epoch: 'e1', seq: 10 });
    const entry = entryOf(12, ['a']);
    marks.apply(fact(11, 'a'));
    marks.apply(fact(12, 'a'));
    expect(marks.check(entry, 1)).toBe('valid');
  });

  test('forgetting raises the floor; what was found valid above it stays decidable', () => {
    const marks = createWatermarks({ maxTags: 2 });
    marks.reset({ epoch: 'e1', seq: 10 });
    const [idle, busy] = [entryOf(10, ['x']), entryOf(10, ['x'])];
    for (let seq = 11; seq <= 20; seq++) {
      marks.apply(fact(seq, `t${seq}`));
      marks.check(busy, seq);
    }
    expect(marks.size).toBe(2);
    expect(marks.floor).toBe(18);
    expect(marks.check(idle, 1)).toBe('unknown');
    expect(marks.check(busy, 1)).toBe('valid');
  });

  test('rows that were not shown here → nothing older is decided here', () => {
    const marks = createWatermarks();
    marks.reset({ epoch: 'e1', seq: 10 });
    marks.apply(fact(13, 'a'));
    expect(marks.check(entryOf(10, ['x']), 1)).toBe('unknown');
    expect(marks.check(entryOf(12, ['x']), 1)).toBe('valid');
  });

  test('another epoch → no entry of this one is valid, whatever its numbers', () => {
    const marks = createWatermarks();
    marks.reset({ epoch: 'e1', seq: 10 });
    marks.reset({ epoch: 'e2', seq: 5 });
    expect(marks.check(entryOf(10, ['x']), 1)).toBe('other-epoch');
    expect(marks.isFinal(['x'], { epoch: 'e1', seq: 10 })).toBe(true);
  });

  test('access changes are kept apart, and final when they cannot be ruled out', () => {
    const marks = createWatermarks();
    marks.reset({ epoch: 'e1', seq: 10 });
    marks.apply({ ...fact(11, 'a'), class: 'access' });
    marks.apply(fact(12, 'a', 'b'));
    expect(marks.isFinal(['a'], { epoch: 'e1', seq: 10 })).toBe(true);
    expect(marks.isFinal(['b'], { epoch: 'e1', seq: 10 })).toBe(false);
    expect(marks.isFinal(['a'], { epoch: 'e1', seq: 11 })).toBe(false);
    expect(marks.isFinal(['b'], { epoch: 'e1', seq: 9 })).toBe(true);
  });
});
