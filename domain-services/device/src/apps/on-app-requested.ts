import type { EventBody, NewEvent } from '@cloudphone/contracts';
import { defineReaction, type Reaction } from '@cloudphone/event-log';
import { currentCause } from '@cloudphone/runtime';
import type { DeviceTools, DeviceTransaction } from '../device-tools.ts';
import { lockDevice } from '../devices/lock-devices.ts';
import type { DeviceTables } from '../schema.ts';
import { appStepEnded } from './app-step-ended.ts';

/** An app is to be put on a device: work for the provider, after what is to be done there before. */
export function onInstallRequested(tools: Pick<DeviceTools, 'clock'>): Reaction<DeviceTables> {
  return defineReaction<'app.install_requested', DeviceTables>({
    on: 'app.install_requested',
    name: 'install-app',
    run: ({ data }, tx) => queue(tx, tools, { kind: 'install', request: data }),
  });
}

export function onUninstallRequested(tools: Pick<DeviceTools, 'clock'>): Reaction<DeviceTables> {
  return defineReaction<'app.uninstall_requested', DeviceTables>({
    on: 'app.uninstall_requested',
    name: 'uninstall-app',
    run: ({ data }, tx) => queue(tx, tools, { kind: 'uninstall', request: data }),
  });
}

/**
 * A device that is gone, or whose owner is another by now, gets no app and has none: that is
 * answered at once.
 */
async function queue(
  tx: DeviceTransaction,
  { clock }: Pick<DeviceTools, 'clock'>,
  work: {
    readonly kind: 'install' | 'uninstall';
    readonly request: EventBody<'app.install_requested'>;
  },
): Promise<NewEvent[]> {
  const { kind, request } = work;
  const device = await lockDevice(tx, request.deviceId);
  const isThere =
    device !== undefined && device.status !== 'deleting' && device.owner_id === request.ownerId;
  if (!isThere) {
    const error = kind === 'install' ? 'The device is not there any more.' : null;
    return [appStepEnded({ ...work, error, at: new Date(clock.now()) })];
  }
  await tx
    .insertInto('app_work')
    .values({
      device_id: device.id,
      kind,
      request: JSON.stringify(request),
      cause: currentCause(),
    })
    .execute();
  return [];
}
