import { describe, expect, it } from 'vitest';
import { countsOfMirror } from './campaign-counts.ts';
import { describeSeconds, estimateEnd } from './estimate-end.ts';
import { countChunks, packIds, rangeOfChunk, unpackIds } from './freeze-audience.ts';
import { hashRequest } from './request-hash.ts';
import { createToldProgress } from './told-progress.ts';

const [PENDING, SENT, FAILED, SKIPPED, UNKNOWN, CANCELLED] = [0, 2, 3, 5, 6, 7] as const;

describe('counting from the mirror', () => {
  it('counts people by the best of their channels, and what is not mirrored as pending', () => {
    const rows = [
      {
        chunk: 0,
        channel: 'email' as const,
        states: Buffer.from([SENT, FAILED, FAILED, SKIPPED, CANCELLED, PENDING + 16]),
      },
      {
        chunk: 0,
        channel: 'websocket' as const,
        states: Buffer.from([FAILED, UNKNOWN + 32, SKIPPED, CANCELLED, CANCELLED, SENT]),
      },
      { chunk: 1, channel: 'email' as const, states: Buffer.from([SENT]) },
    ];
    const counts = countsOfMirror(rows, ['email', 'websocket'], 10);
    expect(counts.processed).toBe(5);
    expect(counts.people).toMatchObject({
      sent: 1,
      unknown: 1,
      failed: 1,
      skipped: 1,
      cancelled: 1,
    });
    expect(counts.channels.email).toMatchObject({ sent: 2, failed: 2, pending: 4 });
    expect(counts.channels.websocket).toMatchObject({ sent: 1, pending: 4 });
  });
});

describe('estimating the end', () => {
  it('spans what a pace allows, and says nothing without one', () => {
    expect(estimateEnd(1_300, { pacePerSecond: 10 })).toEqual({
      etaSeconds: { low: 91, high: 169 },
      estimatedTimeRemaining: '2 minutes',
    });
    expect(estimateEnd(1_300, { pacePerSecond: undefined })).toBeUndefined();
    expect(estimateEnd(1_300, { pacePerSecond: 0 })).toBeUndefined();
  });

  it('spans less where a limit sets the pace, and its middle is the estimate', () => {
    const estimate = estimateEnd(1_300, { pacePerSecond: 10, limitedBy: 'rate' });
    expect(estimate?.etaSeconds).toEqual({ low: 110, high: 150 });
  });

  it.each([
    [1, 'less than a minute'],
    [60, '1 minute'],
    [3_600, '1 hour'],
    [3_930, '1 hour 6 minutes'],
    [7_200, '2 hours'],
  ])('reads %i seconds as people would', (seconds, words) => {
    expect(describeSeconds(seconds)).toBe(words);
  });
});

describe('what is told of a campaign', () => {
  const countsOf = (processed: number) => ({ ...countsOfMirror([], ['email'], 10), processed });
  const round = (number: number, batch_id = 'one') => ({ batch_id, round: number });

  it('never goes back, until a round begins anew', () => {
    const told = createToldProgress();
    const tell = (processed: number, of = round(1), finishedAtMs?: number) => {
      const now = told.furthest(of, { counts: countsOf(processed), finishedAtMs });
      return [now.counts.processed, now.finishedAtMs];
    };
    expect(tell(4)).toEqual([4, undefined]);
    expect(tell(3)).toEqual([4, undefined]);
    expect(tell(3, round(1, 'other'))).toEqual([3, undefined]);
    expect(tell(10, round(1), 7)).toEqual([10, 7]);
    expect(tell(9)).toEqual([10, 7]);
    expect(tell(8, round(2))).toEqual([8, undefined]);
  });

  it('is kept for so many campaigns, and the one that nobody asks about is forgotten', () => {
    const told = createToldProgress();
    told.furthest(round(1), { counts: countsOf(5) });
    for (let number = 0; number < 500; number += 1) {
      told.furthest(round(1, `other ${number}`), { counts: countsOf(1) });
    }
    expect(told.furthest(round(1), { counts: countsOf(2) }).counts.processed).toBe(2);
  });
});

describe('freezing an audience', () => {
  it('gives ids back as they were, 16 bytes each', () => {
    const ids = ['00000000-0000-4000-8000-00000000000a', 'ffffffff-ffff-4fff-bfff-ffffffffffff'];
    expect(packIds(ids)).toHaveLength(32);
    expect(unpackIds(packIds(ids))).toEqual(ids);
  });

  it('covers everybody with chunks of a hundred', () => {
    expect([0, 1, 2].map((chunk) => rangeOfChunk(chunk, 250))).toEqual([
      { from: 0, count: 100 },
      { from: 100, count: 100 },
      { from: 200, count: 50 },
    ]);
    expect([1, 100, 101].map(countChunks)).toEqual([1, 1, 2]);
  });
});

describe('hashing a request', () => {
  it('does not depend on the order in which members were written, only on what they say', () => {
    expect(hashRequest({ a: 1, b: [1, 2] })).toEqual(hashRequest({ b: [1, 2], a: 1 }));
    expect(hashRequest({ a: 1, b: [1, 2] })).not.toEqual(hashRequest({ a: 1, b: [2, 1] }));
    expect(hashRequest({ a: {} })).not.toEqual(hashRequest({ a: [] }));
  });
});
