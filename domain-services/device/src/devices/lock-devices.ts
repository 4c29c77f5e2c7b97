import type { DeviceTransaction } from '../device-tools.ts';
import type { DeviceRow } from './present-device.ts';

const devicesIn = (tx: DeviceTransaction) => tx.selectFrom('devices').selectAll();
type Devices = ReturnType<typeof devicesIn>;

/** Some devices as they are, held until the transaction ends; in one order everywhere. */
export function lockDevices(
  tx: DeviceTransaction,
  some: (devices: Devices) => Devices,
): Promise<DeviceRow[]> {
  return some(devicesIn(tx)).orderBy('id').forUpdate().execute();
}

/** One device; undefined when there is none. */
export async function lockDevice(
  tx: DeviceTransaction,
  deviceId: string,
): Promise<DeviceRow | undefined> {
  const [device] = await lockDevices(tx, (devices) => devices.where('id', '=', deviceId));
  return device;
}
