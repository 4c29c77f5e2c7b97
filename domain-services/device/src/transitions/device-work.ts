import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { type DeviceRow, presentDevice } from '../devices/present-device.ts';
import type { ProviderOutcome } from '../provider/provider.ts';
import type { DeviceTables } from '../schema.ts';
import { STEPS, stepOf } from './steps.ts';

/** A device to be brought on, and the claim under which its outcome is written. */
export interface ClaimedDevice {
  readonly device: DeviceRow;
  readonly claim: string;
}

/**
 * The work list: devices that are `starting` or `stopping`, in the table itself. A claim ends by
 * itself, so what a process left behind when it died is found by the next; an outcome is written
 * under its claim only, so a process that was merely slow changes nothing any more.
 */
export function createDeviceWork({ postgres, writer, clock }: ServiceTools<DeviceTables>) {
  return {
    /** Up to `count` devices that nobody works on, longest waiting first. */
    claim: async (count: number, leaseMs: number): Promise<ClaimedDevice[]> => {
      const claim = randomId();
      const devices = await postgres.db
        .updateTable('devices')
        .set({ work_claim: claim, work_until: sql<Date>`now() + ${leaseMs} * interval '1 ms'` })
        .where('id', 'in', (db) =>
          db
            .selectFrom('devices')
            .select('id')
            .where('status', 'in', ['starting', 'stopping'])
            .where((is) =>
              is.or([is('work_until', 'is', null), is('work_until', '<', sql<Date>`now()`)]),
            )
            .orderBy('updated_at')
            .limit(count)
            .forUpdate()
            .skipLocked(),
        )
        .returningAll()
        .execute();
      return devices.map((device) => ({ device, claim }));
    },

    /** Gives a device back unfinished: the next to look takes it at once. */
    release: async ({ device, claim }: ClaimedDevice): Promise<void> => {
      await postgres.db
        .updateTable('devices')
        .set({ work_claim: null, work_until: null })
        .where('id', '=', device.id)
        .where('work_claim', '=', claim)
        .execute();
    },

    /** Writes how a step ended, and tells it. */
    finish: async ({ device, claim }: ClaimedDevice, outcome: ProviderOutcome): Promise<void> => {
      const { to, done } = STEPS[stepOf(device.status)];
      await writer.write(async (tx) => {
        const row = await tx
          .updateTable('devices')
          .set({
            status: outcome.isDone ? to : 'error',
            last_error: outcome.isDone ? null : outcome.reason,
            work_claim: null,
            work_until: null,
            version: sql`version + 1`,
            updated_at: new Date(clock.now()),
          })
          .where('id', '=', device.id)
          .where('work_claim', '=', claim)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) return unchanged(undefined);
        const type = outcome.isDone ? done : 'device.error';
        return { result: undefined, events: [{ type, data: presentDevice(row) }] };
      });
    },
  };
}
