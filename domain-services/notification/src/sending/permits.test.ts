import { expect, it } from 'vitest';
import { createPermits } from './permits.ts';

it('so many hold a permit, so many wait, and whoever comes after that is told at once', async () => {
  const permits = createPermits({ count: 2, maxWaiting: 1 });
  const [one, two] = [await permits.take(), await permits.take()];
  const third = permits.take();
  expect(await permits.take()).toBeUndefined();
  let isThirdIn = false;
  void third.then(() => {
    isThirdIn = true;
  });
  await Promise.resolve();
  expect(isThirdIn).toBe(false);
  one?.();
  // Given back twice is given back once.
  one?.();
  const three = await third;
  const fourth = permits.take();
  expect(await permits.take()).toBeUndefined();
  two?.();
  three?.();
  expect(await fourth).toBeDefined();
});
