import type { DeviceStatus } from '@cloudphone/contracts';
import type { DeviceStep } from '../provider/provider.ts';

interface Step {
  readonly from: readonly DeviceStatus[];
  /** Asked for, not done yet: such a device is work for whoever runs this service. */
  readonly via: DeviceStatus;
  readonly to: 'running' | 'stopped';
  readonly done: 'device.started' | 'device.stopped';
}

export type AskedStep = 'start' | 'stop' | 'restart';

/** What a device can be asked to do. A step that the provider refuses ends in `error`. */
export const STEPS: Readonly<Record<AskedStep, Step>> = {
  start: { from: ['stopped', 'error'], via: 'starting', to: 'running', done: 'device.started' },
  stop: {
    from: ['running', 'unreachable'],
    via: 'stopping',
    to: 'stopped',
    done: 'device.stopped',
  },
  restart: {
    from: ['running', 'unreachable', 'error'],
    via: 'restarting',
    to: 'running',
    done: 'device.started',
  },
};

/** The step that a device in such a state is waiting for; no other state waits for one. */
const WAITING_FOR = {
  creating: 'create',
  starting: 'start',
  stopping: 'stop',
  restarting: 'restart',
  deleting: 'delete',
} as const satisfies Partial<Record<DeviceStatus, DeviceStep>>;

export const WAITING = Object.keys(WAITING_FOR) as (keyof typeof WAITING_FOR)[];

export function stepOf(status: DeviceStatus): (typeof WAITING_FOR)[keyof typeof WAITING_FOR] {
  const step = status in WAITING_FOR && WAITING_FOR[status as keyof typeof WAITING_FOR];
  if (!step) throw new TypeError(`a device that is ${status} waits for nothing`);
  return step;
}
