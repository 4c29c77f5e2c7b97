import { onAllocationFailed, onDevicesAllocated } from './orders/on-allocation.ts';
import { onUserCreated, onUserUpdated } from './people/on-person-changed.ts';
import { onPersonDeleted } from './people/on-person-deleted.ts';
import { onSettingsUpdated } from './settings/on-settings-updated.ts';
import {
  onDeviceDeleted,
  onDeviceError,
  onDeviceReleased,
  onDeviceStarted,
  onDeviceStopped,
  onDeviceTransferred,
} from './usage/on-device-run.ts';

export const reactions = () => [
  onUserCreated,
  onUserUpdated,
  onPersonDeleted,
  onDevicesAllocated,
  onAllocationFailed,
  onDeviceStarted,
  onDeviceStopped,
  onDeviceError,
  onDeviceReleased,
  onDeviceDeleted,
  onDeviceTransferred,
  onSettingsUpdated,
];
