import { expect, it } from 'vitest';
import { createTurns } from './take-turns.ts';

/** Each portion takes so long by a clock of its own, and notes when the loop has gone round. */
async function seenOf(names: readonly string[], portionMs: number): Promise<string[]> {
  let nowMs = 0;
  const takeTurn = createTurns(() => nowMs);
  const seen: string[] = [];
  const work = async (name: string) => {
    await takeTurn();
    seen.push(name);
    nowMs += portionMs;
    setImmediate(() => seen.push(`after ${name}`));
  };
  await Promise.all(names.map(work));
  await new Promise((resolve) => setImmediate(resolve));
  return seen;
}

it('turns of work → the event loop goes round between two that take long', async () => {
  const seen = await seenOf(['one', 'two', 'three'], 2);
  expect(seen.indexOf('after one')).toBeLessThan(seen.indexOf('two'));
  expect(seen.indexOf('after two')).toBeLessThan(seen.indexOf('three'));
});

it('turns of work → short ones are taken one after another for two milliseconds', async () => {
  const seen = await seenOf(['one', 'two', 'three', 'four', 'five'], 0.7);
  expect(seen.slice(0, 3)).toEqual(['one', 'two', 'three']);
  expect(seen.indexOf('after one')).toBeLessThan(seen.indexOf('four'));
  expect(seen.filter((name) => !name.startsWith('after'))).toHaveLength(5);
});
