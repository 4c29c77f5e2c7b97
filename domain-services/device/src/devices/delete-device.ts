import { deviceCalls } from '@cloudphone/contracts';
import { notFound, stateConflict } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { type DeviceTools, told } from '../device-tools.ts';
import { lockDevice } from './lock-devices.ts';
import { presentDevice } from './present-device.ts';
import { releaseDevices } from './release-devices.ts';

/**
 * Takes a device from its owner at once and asks the provider to delete it; its place is free when
 * that is done. Asked again meanwhile, the answer is the same. One that is being created for an
 * order cannot be deleted: the order is to be cancelled.
 */
export function deleteDeviceRoute({ writer, clock, wake }: DeviceTools): Route {
  return answerCall(deviceCalls.deleteDevice, async ({ params: { deviceId } }) => {
    const { result, eventIds } = await writer.write(async (tx) => {
      const before = await lockDevice(tx, deviceId);
      if (before === undefined) throw notFound('device', deviceId);
      if (before.status === 'creating' && before.order_id !== null) {
        throw stateConflict('device', deviceId, 'It is being created for an order.');
      }
      const events = await releaseDevices(tx, [before], new Date(clock.now()));
      const after = (await lockDevice(tx, deviceId)) ?? before;
      return told(presentDevice(after), events);
    });
    wake();
    return { body: result, eventIds, etagVersion: result.version };
  });
}
