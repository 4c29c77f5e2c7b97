import type { DeviceStatus } from '@cloudphone/contracts';
import { defineReaction } from '@cloudphone/event-log';
import type { BillingTables } from '../schema.ts';
import { type Heard, turnMeter } from './turn-meter.ts';

/** Until it is said to have stopped, a device runs as far as anybody knows. */
const RUNS: ReadonlySet<DeviceStatus> = new Set([
  'running',
  'stopping',
  'restarting',
  'unreachable',
]);

/** A device that nobody rents is not metered. */
export const onDeviceStarted = defineReaction<'device.started', BillingTables>({
  on: 'device.started',
  name: 'begin-metering',
  run: (event, tx) => turnMeter(tx, { ...heard(event), runsFor: event.data.ownerId }),
});

export const onDeviceStopped = defineReaction<'device.stopped', BillingTables>({
  on: 'device.stopped',
  name: 'end-metering',
  run: (event, tx) => turnMeter(tx, { ...heard(event), runsFor: null }),
});

export const onDeviceError = defineReaction<'device.error', BillingTables>({
  on: 'device.error',
  name: 'end-metering-in-error',
  run: (event, tx) => turnMeter(tx, { ...heard(event), runsFor: null }),
});

export const onDeviceReleased = defineReaction<'device.released', BillingTables>({
  on: 'device.released',
  name: 'end-metering-of-released',
  run: (event, tx) => turnMeter(tx, { ...heard(event), runsFor: null }),
});

export const onDeviceDeleted = defineReaction<'device.deleted', BillingTables>({
  on: 'device.deleted',
  name: 'end-metering-of-deleted',
  run: (event, tx) => turnMeter(tx, { ...heard(event), runsFor: null }),
});

/** The former owner pays up to this moment, the new one from it on. */
export const onDeviceTransferred = defineReaction<'device.transferred', BillingTables>({
  on: 'device.transferred',
  name: 'meter-new-owner',
  run: (event, tx) => {
    const { status, ownerId } = event.data;
    return turnMeter(tx, { ...heard(event), runsFor: RUNS.has(status) ? ownerId : null });
  },
});

function heard({
  data,
  envelope,
}: {
  readonly data: { readonly id: string; readonly version: number };
  readonly envelope: { readonly id: string; readonly time: string };
}): Omit<Heard, 'runsFor'> {
  return {
    eventId: envelope.id,
    deviceId: data.id,
    version: data.version,
    at: new Date(envelope.time),
  };
}
