import { onDeviceUpdated } from './installations/on-device-updated.ts';

export const reactions = () => [onDeviceUpdated];
