import { repeatEvery } from '@cloudphone/domain-service';
import type { Lifecycle } from '@cloudphone/runtime';
import type { DeviceTools } from '../device-tools.ts';
import { totalsOf } from './pool-rows.ts';

const EVERY_MS = 10_000;

/** Keeps the pool's places among the metrics. */
export function watchPool(tools: DeviceTools, lifecycle: Lifecycle): void {
  const { db, metrics, settings } = tools;
  const places = metrics.gauge({
    name: 'cloudphone_pool_places',
    help: 'Places for devices on nodes that are not draining: free and used.',
    labels: ['state'],
  });
  const run = async (): Promise<void> => {
    const nodes = await db.selectFrom('nodes').selectAll().execute();
    const { free, used } = totalsOf(nodes, settings.poolLowPercent);
    places(free, { state: 'free' });
    places(used, { state: 'used' });
  };
  repeatEvery(EVERY_MS, { name: 'watch the pool', run }, { ...tools, lifecycle });
}
