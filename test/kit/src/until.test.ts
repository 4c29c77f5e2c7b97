import { expect, test } from 'vitest';
import { until } from './until.ts';

test('until → returns the first truthy answer', async () => {
  let asked = 0;
  expect(await until(() => ++asked === 3 && 'third')).toBe('third');
});

test('until → treats a throw as not yet', async () => {
  let asked = 0;
  const answer = await until(async () => {
    if (++asked < 3) throw new Error('not yet');
    return asked;
  });
  expect(answer).toBe(3);
});

test('until → says what never came and what it saw last', async () => {
  const waiting = until(() => 0, { what: 'the moon', timeoutMs: 20 });
  await expect(waiting).rejects.toThrow('Waited 20 ms in vain for the moon. Last: 0');
});
