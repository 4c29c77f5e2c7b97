import type { DeviceStatus } from '@cloudphone/contracts';
import type { ProviderStep } from '../provider/provider.ts';

interface Step {
  readonly from: readonly DeviceStatus[];
  /** Asked for, not done yet: such a device is work for whoever runs this service. */
  readonly via: 'starting' | 'stopping';
  readonly to: 'running' | 'stopped';
  readonly done: 'device.started' | 'device.stopped';
}

/** What a device can be asked to do. A step that the provider refuses ends in `error`. */
export const STEPS: Readonly<Record<ProviderStep, Step>> = {
  start: { from: ['stopped', 'error'], via: 'starting', to: 'running', done: 'device.started' },
  stop: { from: ['running'], via: 'stopping', to: 'stopped', done: 'device.stopped' },
};

/** The step that a device in this state is waiting for. */
export function stepOf(status: DeviceStatus): ProviderStep {
  return status === 'stopping' ? 'stop' : 'start';
}
