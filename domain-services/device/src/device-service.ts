import type { DomainService } from '@cloudphone/domain-service';
import { getDeviceCountsRoute } from './devices/count-devices.ts';
import { getDeviceRoute } from './devices/get-device.ts';
import { listDevicesRoute } from './devices/list-devices.ts';
import { deviceMigrations } from './migrations.ts';
import { onUserUpdated } from './owners/on-user-updated.ts';
import type { Provider } from './provider/provider.ts';
import type { DeviceTables } from './schema.ts';
import { seedDevices } from './seed.ts';
import { startDeviceRoute, stopDeviceRoute } from './transitions/ask-for-step.ts';
import { createStepPerformer, type StepPerformer } from './transitions/perform-steps.ts';

/** Devices, their owners' copies, start and stop through the provider given. */
export function deviceService(provider: Provider): DomainService<DeviceTables> {
  let performer: StepPerformer | undefined;
  return {
    name: 'device',
    migrations: deviceMigrations,
    seed: seedDevices,
    reactions: () => [onUserUpdated],
    start: async (tools, lifecycle) => {
      performer = createStepPerformer(tools, provider);
      lifecycle.onClose('steps', performer.close);
      performer.start();
    },
    routes: (tools) => {
      const asking = { tools, onAsked: () => performer?.wake() };
      return [
        listDevicesRoute(tools),
        getDeviceRoute(tools),
        getDeviceCountsRoute(tools),
        startDeviceRoute(asking),
        stopDeviceRoute(asking),
      ];
    },
  };
}
