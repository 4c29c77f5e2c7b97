import { describe, expect, test } from 'vitest';
import type { AttemptOutcome } from '../schema.ts';
import { type EarlierTry, nextTryAtMs } from './log-in-pace.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const SECOND_MS = 1_000;
const tries = (
  count: number,
  outcome: AttemptOutcome,
  isFromHere: boolean,
  agoMs = 0,
): EarlierTry[] =>
  Array.from({ length: count }, () => ({ outcome, isFromHere, atMs: NOW_MS - agoMs }));
const waitMs = (earlier: EarlierTry[], isKnownHere = false) =>
  Math.max(0, nextTryAtMs(earlier, { isKnownHere, nowMs: NOW_MS }) - NOW_MS);

describe('the pace of log-ins', () => {
  test('five failures of one place are free, then each doubles the wait, up to a quarter of an hour', () => {
    const waits = [0, 4, 5, 6, 7, 8, 40].map((count) => waitMs(tries(count, 'failed', true)));
    expect(waits.map((ms) => ms / SECOND_MS)).toEqual([0, 0, 1, 2, 4, 8, 900]);
  });

  test('the wait ends by itself, and with a success of the same place', () => {
    expect(waitMs(tries(5, 'failed', true, SECOND_MS))).toBe(0);
    expect(waitMs([...tries(9, 'failed', true, 10), ...tries(1, 'succeeded', true, 5)])).toBe(0);
    expect(
      waitMs([...tries(9, 'failed', true, 10), ...tries(1, 'succeeded', false, 5)]),
    ).toBeGreaterThan(0);
  });

  test('what strangers do slows strangers down by half a minute, and not a place that is known', () => {
    const attack = tries(50, 'failed', false);
    expect(waitMs(attack)).toBe(30 * SECOND_MS);
    expect(waitMs(attack, true)).toBe(0);
    expect(waitMs(tries(49, 'failed', false))).toBe(0);
  });

  test('wrong codes of strangers, who have the password, are ten an hour', () => {
    expect(waitMs(tries(9, 'wrong_code', false))).toBe(0);
    expect(waitMs(tries(10, 'wrong_code', false))).toBe(360 * SECOND_MS);
  });

  test('tries under way count before they have failed: twenty at once, no more', () => {
    expect(waitMs(tries(19, 'pending', true))).toBe(0);
    expect(waitMs(tries(20, 'pending', true))).toBe(SECOND_MS);
    expect(waitMs(tries(20, 'pending', true, 11 * SECOND_MS))).toBeGreaterThan(SECOND_MS);
  });
});
