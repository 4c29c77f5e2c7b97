import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextRuns, parseCron } from './next-runs.ts';
import { formatWallTime, instantOf, isTimeZone, parseWallTime, wallTimeAt } from './wall-clock.ts';

const ZONES = [
  ...['America/New_York', 'America/Los_Angeles', 'America/Chicago', 'America/Denver'],
  ...['America/St_Johns', 'America/Halifax', 'America/Havana', 'America/Santiago'],
  ...['America/Asuncion', 'America/Nuuk', 'America/Scoresbysund', 'America/Miquelon'],
  ...['America/Sao_Paulo', 'Europe/London', 'Europe/Berlin', 'Europe/Paris', 'Europe/Lisbon'],
  ...['Europe/Athens', 'Europe/Chisinau', 'Europe/Kyiv', 'Atlantic/Azores', 'Africa/Cairo'],
  ...['Africa/Casablanca', 'Asia/Jerusalem', 'Asia/Beirut', 'Asia/Gaza', 'Asia/Shanghai'],
  ...['Asia/Kolkata', 'Australia/Sydney', 'Australia/Adelaide', 'Australia/Lord_Howe'],
  ...['Pacific/Auckland', 'Pacific/Chatham', 'Pacific/Norfolk', 'Antarctica/Troll', 'UTC'],
];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What clocks show, by Intl alone: nothing here knows of the code that it judges. */
function createReference(timeZone: string): (instantMs: number) => number {
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const known = new Map<number, number>();
  const read = (instantMs: number) => {
    const part = Object.fromEntries(
      format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]),
    ) as Record<string, number>;
    return Date.UTC(
      ...([part.year, (part.month ?? 1) - 1, part.day] as [number, number, number]),
      ...([part.hour, part.minute, part.second] as [number, number, number]),
    );
  };
  return (instantMs) => {
    const reading = known.get(instantMs) ?? read(instantMs);
    known.set(instantMs, reading);
    return reading;
  };
}

/** Every change of a zone's clocks from 2024 to 2030: the first minute after each. */
function changesOf(reading: (instantMs: number) => number): number[] {
  const changes: number[] = [];
  const offset = (instantMs: number) => reading(instantMs) - instantMs;
  const step = 24 * HOUR_MS;
  for (let from = Date.UTC(2024, 0, 1); from < Date.UTC(2031, 0, 1); from += step) {
    if (offset(from) === offset(from + step)) continue;
    let at = from;
    while (offset(at) === offset(from)) at += 15 * MINUTE_MS;
    while (offset(at - MINUTE_MS) !== offset(from)) at -= MINUTE_MS;
    changes.push(at);
  }
  return changes;
}

/** Minute by minute, the first instant that shows that time or a later one. */
function firstShowing(wallMs: number, reading: (instantMs: number) => number, nearMs: number) {
  let at = nearMs - 5 * HOUR_MS;
  while (reading(at) < wallMs) at += MINUTE_MS;
  return at;
}

describe('the clocks of a zone', () => {
  it.each(ZONES)('are read right around every change from 2024 to 2030: %s', (timeZone) => {
    const reading = createReference(timeZone);
    const cron = '*/15 * * * *';
    for (const change of changesOf(reading)) {
      for (let minutes = -130; minutes <= 130; minutes += 10) {
        const wallMs = reading(change - MINUTE_MS) + MINUTE_MS + minutes * MINUTE_MS;
        const expected = firstShowing(wallMs, reading, change);
        const told = `${formatWallTime(wallMs)} in ${timeZone}`;
        expect([told, instantOf(wallMs, timeZone)]).toEqual([told, expected]);
        expect(wallTimeAt(expected, timeZone)).toBe(reading(expected));
      }
      // Whatever the clocks do, occurrences come in order and each instant once.
      const runs = nextRuns({ cron, timeZone, until: null }, change - 3 * HOUR_MS, 24);
      for (const [index, run] of runs.entries()) {
        const wallMs = parseWallTime(run.local) ?? 0;
        expect(run.atMs).toBe(firstShowing(wallMs, reading, change));
        expect(run.atMs).toBeGreaterThan(runs[index - 1]?.atMs ?? 0);
      }
    }
  });

  it('a daily time comes once a day, every day of seven years, in any zone', () => {
    const daily = fc.record({
      timeZone: fc.constantFrom(...ZONES),
      hour: fc.integer({ min: 0, max: 23 }),
      minute: fc.integer({ min: 0, max: 59 }),
      day: fc.integer({ min: 0, max: 7 * 365 }),
    });
    fc.assert(
      fc.property(daily, ({ timeZone, hour, minute, day }) => {
        const reading = createReference(timeZone);
        const from = Date.UTC(2024, 0, 1) + day * 24 * HOUR_MS;
        const runs = nextRuns({ cron: `${minute} ${hour} * * *`, timeZone, until: null }, from, 5);
        const days = runs.map(({ local }) => local.slice(0, 10));
        expect(new Set(days).size).toBe(5);
        for (const { local, atMs } of runs) {
          expect(atMs).toBe(firstShowing(parseWallTime(local) ?? 0, reading, atMs));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('an hour that is left out begins with the moment after it; one that comes twice, with the first', () => {
    const at = (local: string) =>
      new Date(instantOf(parseWallTime(local) ?? 0, 'America/New_York')).toISOString();
    expect(at('2026-03-08T02:30')).toBe('2026-03-08T07:00:00.000Z');
    expect(at('2026-11-01T01:30')).toBe('2026-11-01T05:30:00.000Z');
  });

  it('what falls into a gap is one run, not one for each time that the gap swallowed', () => {
    const runs = nextRuns(
      { cron: '*/20 * * * *', timeZone: 'America/New_York', until: null },
      Date.UTC(2026, 2, 8, 6, 39),
      3,
    );
    expect(runs.map(({ local }) => local)).toEqual([
      '2026-03-08T01:40:00',
      '2026-03-08T02:00:00',
      '2026-03-08T03:20:00',
    ]);
  });

  it('nothing comes after `until`', () => {
    const runs = nextRuns(
      { cron: '0 9 * * 1', timeZone: 'Asia/Shanghai', until: '2026-01-12T09:00' },
      Date.UTC(2026, 0, 1),
      5,
    );
    expect(runs.map(({ local }) => local)).toEqual(['2026-01-05T09:00:00', '2026-01-12T09:00:00']);
  });

  it.each(['2026-02-30T09:00', '2026-3-1T09:00', '2026-01-01T24:00', '2026-01-01', 'x'])(
    'knows no time %s',
    (text) => expect(parseWallTime(text)).toBeUndefined(),
  );

  it('knows zones and patterns from what is none', () => {
    expect(['Asia/Shanghai', 'Mars/Olympus', '', '+02:00'].map(isTimeZone)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(
      ['0 9 * * *', '0 0 9 * * *', 'x', '61 * * * *'].map((text) => !!parseCron(text)),
    ).toEqual([true, false, false, false]);
  });
});
