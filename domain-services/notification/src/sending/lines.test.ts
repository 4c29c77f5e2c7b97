import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createLines } from './lines.ts';

it('what waits for the same runs one after another, whatever the one before came to', async () => {
  const inLineFor = createLines();
  const seen: string[] = [];
  const step = (name: string, fails = false) =>
    inLineFor('one', async () => {
      seen.push(`${name} begins`);
      await pause(5);
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const ended = await Promise.allSettled([step('a'), step('b', true), step('c')]);
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  const inOrder = ['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]);
  expect(seen).toEqual(inOrder);
});

it('what waits for something else does not wait', async () => {
  const inLineFor = createLines();
  const held = inLineFor('one', () => pause(1_000, 'late'));
  expect(await Promise.race([held, inLineFor('other', async () => 'at once')])).toBe('at once');
});
