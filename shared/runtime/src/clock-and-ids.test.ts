import { describe, expect, test } from 'vitest';
import { pause } from './clock.ts';
import { namedId, timeOrderedId } from './ids.ts';
import { createManualClock } from './manual-clock.ts';

describe('a manual clock', () => {
  test('runs what falls due in order of time, timers set on the way included', () => {
    const clock = createManualClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push('late'));
    clock.after(10, () => {
      ran.push('early');
      clock.after(5, () => ran.push('between'));
    });
    const cancel = clock.after(12, () => ran.push('never'));
    cancel();
    clock.turn(20);
    expect(ran).toEqual(['early', 'between', 'late']);
    expect(clock.monotonicMs()).toBe(20);
  });

  test('ends a pause by its time or by the signal', async () => {
    const clock = createManualClock();
    const byTime = pause(clock, 100);
    const abort = new AbortController();
    const bySignal = pause(clock, 1_000, abort.signal);
    clock.turn(100);
    await byTime;
    abort.abort();
    await bySignal;
  });
});

describe('ids', () => {
  test('made later sort later', () => {
    const ids = [1, 2, 1_000_000, Date.now()].map(timeOrderedId);
    expect([...ids].sort()).toEqual(ids);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('made from a name are those of RFC 9562', () => {
    const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
    expect(namedId(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });
});
