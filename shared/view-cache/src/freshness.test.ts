import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freshnessLeftMs, lifetimesFrom, refreshPointOf } from './freshness.ts';

const view = { freshForMs: 30_000, servableForMs: 600_000 };
const CREATED_AT_MS = 1_000;
/** The largest number that Math.random gives. */
const LARGEST = 1 - 2 ** -53;
/** A thousand draws, evenly over all that can be drawn. */
const EVENLY = Array.from({ length: 1_000 }, (_, i) => (i + 0.5) / 1_000);
const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const aDraw = fc.double({ min: 0, max: LARGEST, noNaN: true });
const aTimeMs = fc.double({ min: 0, max: 3_600_000, noNaN: true });

describe('how long an answer is fresh', () => {
  const freshFor = (draw: number, isAbsent = false) =>
    lifetimesFrom(view, { createdAtMs: CREATED_AT_MS, isAbsent }, () => draw).freshUntilMs -
    CREATED_AT_MS;

  test('is what its view says, give or take a tenth, evenly', () => {
    expect(freshFor(0)).toBe(27_000);
    expect(freshFor(0.25)).toBeCloseTo(28_500, 6);
    expect(freshFor(0.5)).toBe(30_000);
    expect(freshFor(LARGEST)).toBeCloseTo(33_000, 6);
    expect(meanOf(EVENLY.map((draw) => freshFor(draw)))).toBeCloseTo(30_000, 6);
  });

  test('is five seconds, give or take a tenth, for “there is no such thing”', () => {
    expect([freshFor(0, true), freshFor(0.5, true)]).toEqual([4_500, 5_000]);
    // Nor is it served after them.
    expect(freshFor(LARGEST, true)).toBe(5_000);
  });

  test('is never longer than the answer may be served, which is not drawn', () => {
    const property = fc.property(aDraw, aDraw, fc.boolean(), (one, other, isAbsent) => {
      const tight = { freshForMs: 30_000, servableForMs: 30_000 };
      const [a, b] = [one, other].map((draw) =>
        lifetimesFrom(tight, { createdAtMs: CREATED_AT_MS, isAbsent }, () => draw),
      );
      expect(a?.servableUntilMs).toBe(b?.servableUntilMs);
      expect(a?.freshUntilMs).toBeLessThanOrEqual(a?.servableUntilMs ?? 0);
    });
    fc.assert(property);
  });

  test('ends at the instant from which on its source says something else', () => {
    const entry = { freshUntilMs: 31_000, changesAtMs: 3_000 };
    expect(freshnessLeftMs(entry, 1_000)).toBe(2_000);
    expect(freshnessLeftMs({ ...entry, changesAtMs: Infinity }, 1_000)).toBe(30_000);
    expect(freshnessLeftMs(entry, 3_500)).toBe(-500);
  });
});

describe('when an answer is refreshed', () => {
  const entryOf = (loadMs: number) => ({
    createdAtMs: CREATED_AT_MS,
    freshUntilMs: 31_000,
    loadMs,
  });
  const earlyBy = (loadMs: number, draw: number) =>
    31_000 - refreshPointOf(entryOf(loadMs), () => draw);

  test('is earlier by the time its load took, times the negative logarithm of the draw', () => {
    expect(earlyBy(100, 0)).toBe(0);
    expect(earlyBy(100, 0.5)).toBeCloseTo(100 * Math.LN2, 6);
    expect(earlyBy(100, 1 - 1 / Math.E)).toBeCloseTo(100, 6);
    expect(earlyBy(100, LARGEST)).toBeCloseTo(100 * 53 * Math.LN2, 6);
  });

  test('is earlier than k load times for one draw in e to the power of k', () => {
    for (const k of [0.5, 1, 2, 3, 4]) {
      const share = meanOf(EVENLY.map((draw) => (earlyBy(100, draw) > k * 100 ? 1 : 0)));
      expect(Math.abs(share - Math.exp(-k))).toBeLessThanOrEqual(0.001);
    }
    expect(Math.abs(meanOf(EVENLY.map((draw) => earlyBy(100, draw))) - 100)).toBeLessThan(1);
  });

  test('is at the end of its freshness when it took no time to load', () => {
    for (const draw of [0, ...EVENLY, LARGEST]) expect(earlyBy(0, draw)).toBeCloseTo(0, 9);
  });

  test('is never later for one that took longer to load, nor for a larger draw', () => {
    const property = fc.property(aTimeMs, aTimeMs, aDraw, aDraw, (loadMs, moreMs, draw, other) => {
      const early = earlyBy(loadMs, draw);
      expect(earlyBy(loadMs + moreMs, draw)).toBeGreaterThanOrEqual(early);
      const [smaller, larger] = draw < other ? [draw, other] : [other, draw];
      expect(earlyBy(loadMs, larger)).toBeGreaterThanOrEqual(earlyBy(loadMs, smaller));
    });
    fc.assert(property);
  });

  test('is never before half of its freshness, however long it took to load', () => {
    const property = fc.property(aTimeMs, aDraw, (loadMs, draw) => {
      const early = earlyBy(loadMs, draw);
      expect(early).toBeGreaterThanOrEqual(0);
      expect(early).toBeLessThanOrEqual(15_000);
    });
    fc.assert(property);
    expect(earlyBy(3_600_000, 0.9)).toBe(15_000);
  });
});
