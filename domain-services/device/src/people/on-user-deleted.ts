import { defineReaction, type Reaction } from '@cloudphone/event-log';
import { failAllocation } from '../allocation/fail-allocation.ts';
import type { DeviceTools } from '../device-tools.ts';
import { lockDevices } from '../devices/lock-devices.ts';
import { releaseDevices } from '../devices/release-devices.ts';
import type { DeviceTables } from '../schema.ts';
import { rememberPerson } from './known-person.ts';

/**
 * Releases whatever a deleted person has or is about to get. Every copy of what they were called
 * goes with it, erasure or not: nothing is left here that needs it. That they are gone is kept.
 */
export function onUserDeleted(tools: Pick<DeviceTools, 'clock'>): Reaction<DeviceTables> {
  return defineReaction<'user.deleted', DeviceTables>({
    on: 'user.deleted',
    name: 'release-devices-of-deleted',
    run: async ({ data: { id, version } }, tx) => {
      const gone = { id, name: null, email: null, tenant_id: null, version, is_deleted: true };
      await rememberPerson(tx, gone);
      const at = new Date(tools.clock.now());
      const pending = await tx
        .selectFrom('allocations')
        .selectAll()
        .where('user_id', '=', id)
        .where('status', '=', 'creating')
        .orderBy('order_id')
        .forUpdate()
        .execute();
      const events = [];
      for (const allocation of pending) {
        events.push(...(await failAllocation(tx, { allocation, reason: 'order_ended', at })));
      }
      const owned = await lockDevices(tx, (devices) => devices.where('owner_id', '=', id));
      return [...events, ...(await releaseDevices(tx, owned, at))];
    },
  });
}
