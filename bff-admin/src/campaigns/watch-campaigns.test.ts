import type { JobTools } from '@cloudphone/bff';
import { channels } from '@cloudphone/contracts';
import { connectRedis, whenReady } from '@cloudphone/redis';
import { createLifecycle, silentLogger } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, it } from 'vitest';
import { watchCampaigns } from './watch-campaigns.ts';

const BATCH = '00000000-0000-4000-8000-000000000001';
const CHANNEL = channels.campaign(BATCH);

/** What every watcher of the campaign hears, whichever node said it. */
interface Heard {
  readonly atMs: number;
  readonly number: number;
}

describe('those who watch a campaign', () => {
  it('hear at most five snapshots a second together, in order, from however many nodes', async () => {
    const { url } = await testRedis({ persistent: false });
    const heard: Heard[] = [];
    let asked = 0;
    const beganAtMs = performance.now();
    for (const name of ['one', 'two', 'three']) {
      const redis = connectRedis({
        url,
        name,
        manner: 'fail-fast',
        commandTimeoutMs: 20_000,
        logger: silentLogger,
      });
      whenDone(() => redis.close());
      await whenReady(redis, 5_000);
      const lifecycle = createLifecycle(silentLogger);
      whenDone(() => lifecycle.close());
      watchCampaigns({
        ...{ redis, lifecycle, logger: silentLogger },
        services: {
          notification: {
            getCampaign: async () => {
              asked += 1;
              return { batchId: BATCH, status: 'processing' };
            },
          },
        },
        realtime: {
          hasMembers: () => true,
          onSubscribed: (listener: (channel: string) => void) => {
            for (let watcher = 0; watcher < 200; watcher += 1) listener(CHANNEL);
          },
          // Reaches every node's watchers.
          signal: (channel: string, _name: string, { number }: { number: number }) => {
            expect(channel).toBe(CHANNEL);
            heard.push({ atMs: performance.now(), number });
          },
        },
      } as unknown as JobTools);
    }
    await until(() => heard.length >= 12, { what: 'twelve snapshots' });
    // Five a second leave 200 ms for each; who hears late has only waited for longer.
    for (const [index, { atMs }] of heard.entries()) {
      expect(atMs - beganAtMs).toBeGreaterThanOrEqual(index * 200);
    }
    const numbers = heard.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
    expect(asked).toBeLessThanOrEqual(heard.length + 1);
  });
});
