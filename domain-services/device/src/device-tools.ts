import type { NewEvent } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged, type Written } from '@cloudphone/event-log';
import type { Transaction } from '@cloudphone/postgres';
import type { DeviceTables } from './schema.ts';
import type { DeviceSettings } from './settings.ts';

export interface DeviceTools extends ServiceTools<DeviceTables> {
  readonly settings: DeviceSettings;
  /** There may be work for the provider: look at once. */
  readonly wake: () => void;
}

export type DeviceTransaction = Transaction<DeviceTables>;

/** A write that may have changed nothing: then nothing is told. */
export function told<Result>(result: Result, events: readonly NewEvent[]): Written<Result> {
  const [first, ...others] = events;
  return first === undefined ? unchanged(result) : { result, events: [first, ...others] };
}
