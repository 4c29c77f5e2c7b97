import { createLifecycle, createManualClock, silentLogger } from '@cloudphone/runtime';
import { until } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { repeatEvery } from './repeat-every.ts';

describe('a chore', () => {
  test('runs at once and every so often, also after it failed, until the lifecycle closes', async () => {
    const clock = createManualClock();
    const lifecycle = createLifecycle(silentLogger);
    let runs = 0;
    const run = async () => {
      runs++;
      if (runs === 1) throw new Error('the first time it fails');
    };
    repeatEvery(1_000, { name: 'chore', run }, { clock, logger: silentLogger, lifecycle });
    expect(runs).toBe(1);
    await turnUntil(() => runs === 3);
    await lifecycle.close();
    clock.turn(10_000);
    expect(runs).toBe(3);

    async function turnUntil(isReached: () => boolean): Promise<void> {
      await until(() => {
        if (!isReached()) clock.turn(1_000);
        return isReached();
      });
    }
  });
});
