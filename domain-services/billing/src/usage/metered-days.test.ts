import { describe, expect, test } from 'vitest';
import { monthOf } from './calendar-month.ts';
import { meteredDays } from './metered-days.ts';

const at = (text: string) => Date.parse(`2026-${text}Z`);

describe('metered minutes', () => {
  test('are those that begin within the run', () => {
    expect(meteredDays(at('03-01T10:00:30'), at('03-01T10:05:10'))).toEqual([
      { day: '2026-03-01', minutes: 5, cost: 5 },
    ]);
    expect(meteredDays(at('03-01T10:00:10'), at('03-01T10:00:50'))).toEqual([]);
  });

  test('are split at midnight, UTC', () => {
    expect(meteredDays(at('02-28T23:58:00'), at('03-02T00:03:00'))).toEqual([
      { day: '2026-02-28', minutes: 2, cost: 2 },
      { day: '2026-03-01', minutes: 1440, cost: 1440 },
      { day: '2026-03-02', minutes: 3, cost: 3 },
    ]);
  });

  test('of runs that follow each other add up to those of one long run', () => {
    const cuts = ['10:00:00', '10:00:40', '10:01:00', '10:07:59', '10:30:01'].map((time) =>
      at(`03-01T${time}`),
    );
    const parts = cuts.slice(1).flatMap((to, i) => meteredDays(cuts[i]!, to));
    const [whole] = meteredDays(cuts[0]!, cuts.at(-1)!);
    expect(parts.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(whole?.minutes);
  });

  test('of a clock that went back are none', () => {
    expect(meteredDays(at('03-01T10:00:00'), at('03-01T09:00:00'))).toEqual([]);
  });
});

test('a month ends where the next begins, also in December', () => {
  const month = monthOf(Date.parse('2026-12-31T23:59:59.999Z'));
  expect(month.startMs).toBe(Date.UTC(2026, 11, 1));
  expect(month.endMs).toBe(Date.UTC(2027, 0, 1));
});
