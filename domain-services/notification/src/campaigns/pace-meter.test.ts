import { createManualClock } from '@cloudphone/runtime';
import { describe, expect, it } from 'vitest';
import { estimateEnd } from './estimate-end.ts';
import { csvCell } from './export-recipients.ts';
import { createPaceMeter } from './pace-meter.ts';

describe('the end of a campaign', () => {
  it.each([1, 50, 1_000])(
    'under a constant limit of %i a second is told within 15 %% once a tenth is done',
    (perSecond) => {
      const clock = createManualClock();
      const meter = createPaceMeter(clock);
      const total = perSecond * 600;
      let worst = 0;
      // Sending comes in bursts: what a limit grants in two seconds goes at once.
      for (let elapsedMs = 0; elapsedMs < 580_000; elapsedMs += 700) {
        const processed = Math.floor(elapsedMs / 2_000) * 2 * perSecond;
        const pacePerSecond = meter.note({ batchId: 'one', epoch: 1, processed });
        const estimate = estimateEnd(total - processed, { pacePerSecond, limitedBy: 'rate' });
        if (processed >= total / 10 && estimate !== undefined) {
          const { low, high } = estimate.etaSeconds;
          const told = (low + high) / 2;
          const left = (600_000 - elapsedMs) / 1_000;
          // The last seconds are shorter than a burst.
          if (left > 30) worst = Math.max(worst, Math.abs(told - left) / left);
          expect(low).toBeLessThanOrEqual(Math.ceil(left));
          expect(high).toBeGreaterThanOrEqual(Math.floor(left));
        }
        clock.turn(700);
      }
      expect(worst).toBeGreaterThan(0);
      expect(worst).toBeLessThanOrEqual(0.15);
    },
  );

  it('is told from when sending moves, not from when it was asked for', () => {
    const clock = createManualClock();
    const meter = createPaceMeter(clock);
    const at = (processed: number) => meter.note({ batchId: 'one', epoch: 1, processed });
    for (let poll = 0; poll < 10; poll += 1) {
      expect(at(0)).toBeUndefined();
      clock.turn(500);
    }
    for (let elapsedMs = 500; elapsedMs <= 3_000; elapsedMs += 500) {
      const pace = at(elapsedMs / 5);
      if (elapsedMs > 1_000) expect(pace).toBeCloseTo(200, 0);
      clock.turn(500);
    }
  });

  it('is measured anew after a pause, and not told from one look', () => {
    const clock = createManualClock();
    const meter = createPaceMeter(clock);
    const at = (epoch: number, processed: number) =>
      meter.note({ batchId: 'one', epoch, processed });
    expect(at(1, 0)).toBeUndefined();
    clock.turn(10_000);
    expect(at(1, 100)).toBe(10);
    clock.turn(3_600_000);
    expect(at(3, 100)).toBeUndefined();
    clock.turn(2_000);
    expect(at(3, 120)).toBe(10);
  });
});

it.each([
  ['=1+1', "'=1+1"],
  ['@a', "'@a"],
  ['-1', "'-1"],
  ['+1,2', '"\'+1,2"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  [null, ''],
  [-1, '-1'],
])('a cell %j of an export cannot be taken for a formula or break its row: %s', (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});
