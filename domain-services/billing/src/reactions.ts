import { onUserCreated, onUserUpdated } from './people/on-person-changed.ts';
import { onDeviceError, onDeviceStarted, onDeviceStopped } from './usage/on-device-run.ts';

export const reactions = () => [
  onUserCreated,
  onUserUpdated,
  onDeviceStarted,
  onDeviceStopped,
  onDeviceError,
];
