import type { EventEnvelope } from '@cloudphone/contracts';
import type { LogRow } from '@cloudphone/event-log';
import { createManualClock, createMetrics } from '@cloudphone/runtime';
import { expect, test } from 'vitest';
import { createEventFlow } from './event-flow.ts';

test('the flow of events tells rates and stages of the last minute, and counts no replay as slow', async () => {
  const clock = createManualClock();
  const metrics = createMetrics();
  const flow = createEventFlow({ metrics, clock });
  const passes = (type: string, { isReplay = false, emittingMs = 0 } = {}) => {
    const madeMs = clock.now() - 30;
    const row = {
      envelope: { type, time: new Date(madeMs).toISOString() } as EventEnvelope,
      appendedAtMs: madeMs + 20,
      isReplay,
    } as LogRow;
    flow.arriving.onRow?.(row);
    clock.turn(emittingMs);
    flow.told.onRow?.(row);
  };
  for (let n = 0; n < 6; n++) passes('device.updated', { emittingMs: 5 });
  passes('user.login');
  passes('user.login', { isReplay: true, emittingMs: 500 });
  expect(flow.snapshot()).toEqual({
    windowSeconds: 60,
    types: [
      { type: 'device.updated', perSecond: 0.1 },
      { type: 'user.login', perSecond: 2 / 60 },
    ],
    stages: {
      relayed: { count: 7, p50Ms: 20, p99Ms: 20 },
      tailed: { count: 7, p50Ms: 10, p99Ms: 10 },
      emitted: { count: 7, p50Ms: 5, p99Ms: 5 },
    },
  });
  expect(await metrics.text()).toContain('cloudphone_event_stage_seconds_count{stage="tailed"} 7');
  clock.turn(61_000);
  expect(flow.snapshot().types).toEqual([]);
});
