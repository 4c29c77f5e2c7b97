import { expect, test } from 'vitest';
import { reconnectDelayMs } from './reconnect-delay.ts';

const delay = (failures: number, luck: number, retryAfterMs?: number) =>
  reconnectDelayMs({
    firstMs: 500,
    longestMs: 10_000,
    failures,
    retryAfterMs,
    random: () => luck,
  });

test('reconnect delay → is anything from nothing to the ceiling', () => {
  expect([delay(0, 0), delay(0, 0.5), delay(0, 1)]).toEqual([0, 250, 500]);
});

test('reconnect delay → doubles its ceiling with each failure, up to the longest', () => {
  expect([1, 2, 3, 4, 5, 60, 2_000].map((failures) => delay(failures, 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000,
  ]);
});

test('reconnect delay → is never shorter than the server asked for', () => {
  expect(delay(0, 0, 3_000)).toBe(3_000);
  expect(delay(0, 1, 3_000)).toBe(3_500);
});
