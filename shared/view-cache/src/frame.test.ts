import { createManualClock } from '@cloudphone/runtime';
import { expect, test } from 'vitest';
import type { LoadedEntry } from './entry.ts';
import { decodeFrame, encodeFrame, type Frame } from './frame.ts';

const clock = createManualClock();
const entry: LoadedEntry = {
  epoch: 'e1',
  start: 7,
  tags: ['phone:7', 'owner:1'],
  body: Buffer.from('{"name":"Ä\\n"}'),
  etag: '"abc"',
  createdAtMs: 0,
  freshUntilMs: 30_000,
  servableUntilMs: 600_000,
  changesAtMs: Number.POSITIVE_INFINITY,
  loadMs: 12,
  parts: new Map([
    ['owner', { start: 7, tags: ['owner:1'], loadedAtMs: 0, json: '{"name":"Ä"}' }],
    ['phone', { start: 7, tags: ['phone:7'], loadedAtMs: 0, json: undefined }],
  ]),
  degraded: [],
  stale: [],
  absence: undefined,
};
const stored: Frame = { entry, versions: [['phone:7', 12]] };

test('a frame → is one line of JSON, then the body, and comes back as it was', () => {
  const frame = encodeFrame(stored, clock);
  expect(frame.toString().split('\n')).toHaveLength(2);
  expect(decodeFrame(frame, { clock, servableForMs: 600_000 })).toEqual(stored);
});

test('a frame from a clock that runs ahead → does not live longer than the view says', () => {
  const ahead = createManualClock(clock.now() + 3_600_000);
  const decoded = decodeFrame(encodeFrame(stored, ahead), { clock, servableForMs: 600_000 });
  expect(decoded?.entry.servableUntilMs).toBe(600_000);
  expect(decoded?.entry.createdAtMs).toBe(0);
});

test.each([
  ['cut short', (frame: Buffer) => frame.subarray(0, -1)],
  ['without a header', () => Buffer.from('{"name":1}')],
  ['with another header', () => Buffer.from('{"v":2}\n{}')],
  ['with a header that is no JSON', () => Buffer.from('v2\n{}')],
  ['that is empty', () => Buffer.alloc(0)],
])('a frame %s → is none', (_, spoil) => {
  const spoilt = spoil(encodeFrame(stored, clock));
  expect(decodeFrame(spoilt, { clock, servableForMs: 600_000 })).toBeUndefined();
});
