import type { DeviceRow } from '../devices/present-device.ts';

/** A device to be brought on, and the claim under which its outcome is written. */
export interface ClaimedDevice {
  readonly device: DeviceRow;
  readonly claim: string;
}
