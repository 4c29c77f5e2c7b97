import type { DomainService, ServiceTools } from '@cloudphone/domain-service';
import { repeatEvery } from '@cloudphone/domain-service';
import { onOrderEnded } from './allocation/on-order-ended.ts';
import { onOrderPaid } from './allocation/on-order-paid.ts';
import { createAppWork } from './apps/app-work.ts';
import { onInstallRequested, onUninstallRequested } from './apps/on-app-requested.ts';
import type { DeviceTools } from './device-tools.ts';
import { sweepExpiry } from './expiry/sweep-expiry.ts';
import { checkHealth } from './health/check-health.ts';
import { deviceMigrations } from './migrations.ts';
import { onUserCreated, onUserUpdated } from './people/on-user-changed.ts';
import { onUserDeleted } from './people/on-user-deleted.ts';
import { watchPool } from './pool/watch-pool.ts';
import type { Provider } from './provider/provider.ts';
import { watchProvider } from './provider/watch-provider.ts';
import { routes } from './routes.ts';
import type { DeviceTables } from './schema.ts';
import { seedDevices } from './seed.ts';
import { DEFAULT_SETTINGS, type DeviceSettings } from './settings.ts';
import { createDeviceWork } from './transitions/device-work.ts';
import { createWorkLoop, type WorkLoop } from './work/work-loop.ts';

/** Devices from their creation to their end, through the provider given. */
export function deviceService(
  provider: Provider,
  settings: Partial<DeviceSettings> = {},
): DomainService<DeviceTables> {
  const loops: WorkLoop[] = [];
  const wake = () => {
    for (const loop of loops) loop.wake();
  };
  const given = (tools: ServiceTools<DeviceTables>): DeviceTools => ({
    ...tools,
    settings: { ...DEFAULT_SETTINGS, ...settings },
    wake,
  });
  return {
    name: 'device',
    migrations: deviceMigrations,
    seed: seedDevices,
    reactions: (tools) => [
      onUserCreated,
      onUserUpdated,
      onUserDeleted(tools),
      onOrderPaid(given(tools)),
      ...onOrderEnded(tools),
      onInstallRequested(tools),
      onUninstallRequested(tools),
    ],
    start: async (plainTools, lifecycle) => {
      const tools = given(plainTools);
      const watched = watchProvider(provider, tools);
      const lists = [createDeviceWork(tools, watched), createAppWork(tools, watched)] as const;
      loops.push(createWorkLoop(tools, lists[0]), createWorkLoop(tools, lists[1]));
      for (const loop of loops) {
        lifecycle.onClose('work for the provider', loop.close);
        loop.start();
      }
      const { expiryEveryMs, healthEveryMs } = tools.settings;
      const expiring = { name: 'ends of devices', run: () => sweepExpiry(tools) };
      repeatEvery(expiryEveryMs, expiring, { ...tools, lifecycle });
      const stopping = new AbortController();
      lifecycle.onStopping(() => stopping.abort());
      const asking = { provider: watched, stopping: stopping.signal };
      const health = { name: 'health of devices', run: () => checkHealth(tools, asking) };
      repeatEvery(healthEveryMs, health, { ...tools, lifecycle });
      watchPool(tools, lifecycle);
    },
    routes: (tools) => routes(given(tools)),
  };
}
