import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, type Entry, holdEntry } from './entry.ts';
import { createMemoryTier } from './memory-tier.ts';

const KEYS = ['phone:1:a', 'phone:1:b', 'phone:2:a', 'home:1:a', 'home:1:b'];

const entryOf = (start: number, bodyBytes: number): Entry =>
  holdEntry(
    {
      epoch: 'e',
      start,
      tags: ['x'],
      body: Buffer.alloc(bodyBytes),
      etag: '"e"',
      createdAtMs: 0,
      freshUntilMs: 30_000,
      servableUntilMs: 600_000,
      changesAtMs: Number.POSITIVE_INFINITY,
      loadMs: 1,
      parts: new Map(),
      degraded: [],
      stale: [],
      absence: undefined,
    },
    30_000,
  );

const aStep = fc.oneof(
  { weight: 20, arbitrary: fc.record({ put: fc.nat(4), start: fc.nat(9), bytes: fc.nat(6_000) }) },
  { weight: 4, arbitrary: fc.record({ putAgain: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.record({ drop: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ clear: fc.constant(true) }) },
);

test('the first tier → weighs each view, whatever is put, replaced, evicted, too large or dropped', () => {
  const property = fc.property(fc.array(aStep, { minLength: 1, maxLength: 60 }), (steps) => {
    // Three to ten entries fit; those of more than five thousand bytes never do.
    const tier = createMemoryTier(20_000);
    for (const step of steps) {
      if ('put' in step) tier.put(KEYS[step.put] ?? '', entryOf(step.start, step.bytes));
      else if ('drop' in step) tier.delete(KEYS[step.drop] ?? '');
      else if ('clear' in step) tier.clear();
      else {
        const held = tier.get(KEYS[step.putAgain] ?? '');
        if (held) tier.put(KEYS[step.putAgain] ?? '', held);
      }
      const weighed = { phone: 0, home: 0 };
      for (const [key, entry] of tier.entries()) {
        weighed[key.startsWith('phone:') ? 'phone' : 'home'] += bytesOf(entry);
      }
      const { bytesByView } = tier;
      expect({ phone: 0, home: 0, ...Object.fromEntries(bytesByView) }).toEqual(weighed);
      expect(weighed.phone + weighed.home).toBe(tier.bytes);
    }
  });
  fc.assert(property);
});
