import { createManualClock } from '@cloudphone/runtime';
import { describe, expect, test } from 'vitest';
import { followRunId } from './run-id.ts';

describe('the run id of the Redis at the other end', () => {
  test('is asked once a second, and at once after a reconnect or a failure', async () => {
    const clock = createManualClock();
    let asked = 0;
    let reconnect = () => {};
    let isAway = false;
    const currentRun = followRunId(
      {
        onReady: (listener) => {
          reconnect = listener;
        },
      },
      {
        readRunId: async () => {
          asked++;
          if (isAway) throw new Error('away');
          return `run ${asked}`;
        },
      },
      clock,
    );
    expect([await currentRun(), await currentRun()]).toEqual(['run 1', 'run 1']);
    clock.turn(999);
    expect(await currentRun()).toBe('run 1');
    clock.turn(1);
    expect(await currentRun()).toBe('run 2');
    reconnect();
    expect(await currentRun()).toBe('run 3');
    isAway = true;
    clock.turn(1_000);
    await expect(currentRun()).rejects.toThrow('away');
    isAway = false;
    expect(await currentRun()).toBe('run 5');
  });
});
