import { createManualClock, createMetrics } from '@cloudphone/runtime';
import { expect, test } from 'vitest';
import { createWeights } from './weights.ts';

test('metrics → what answers weigh in each tier, and how late changes were known', async () => {
  const clock = createManualClock();
  const metrics = createMetrics();
  const memory = { bytes: 4_000, size: 2, bytesByView: new Map([['phone', 4_000]]) };
  const weights = createWeights({ metrics, clock, memory });
  weights.noteStored(9_000);
  weights.noteChange(clock.now() - 30);
  // A service whose clock runs ahead: it was known at once.
  weights.noteChange(clock.now() + 500);
  clock.turn(1_000);
  const text = await metrics.text();
  expect(text).toContain('cloudphone_view_bytes{tier="memory"} 4000');
  expect(text).toContain('cloudphone_view_bytes{tier="redis"} 9000');
  expect(text).toContain('cloudphone_view_memory_bytes{view="phone"} 4000');
  expect(text).toContain('cloudphone_view_memory_entries 2');
  expect(text).toContain('cloudphone_view_invalidation_lag_seconds_bucket{le="0.001"} 1');
  expect(text).toContain('cloudphone_view_invalidation_lag_seconds_bucket{le="0.05"} 2');
  expect(weights.storedBytes).toBe(9_000);
  weights.close();
});
