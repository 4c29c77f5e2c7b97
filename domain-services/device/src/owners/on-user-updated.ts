import type { NewEvent } from '@cloudphone/contracts';
import { defineReaction } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { presentDevice } from '../devices/present-device.ts';
import type { DeviceTables } from '../schema.ts';

/**
 * Refreshes what devices copy of their owner, and tells of each device in the same transaction:
 * views of devices show the owner's name and would stay old otherwise. An older version of the
 * person than the copy's changes nothing.
 */
export const onUserUpdated = defineReaction<'user.updated', DeviceTables>({
  on: 'user.updated',
  name: 'refresh-owner-copies',
  run: async ({ data: person }, tx) => {
    const refreshed = await tx
      .updateTable('devices')
      .set({
        owner_name: person.name,
        owner_email: person.email,
        tenant_id: person.tenantId,
        owner_version: person.version,
        version: sql`version + 1`,
        updated_at: new Date(person.updatedAt),
      })
      .where('owner_id', '=', person.id)
      .where('owner_version', '<', person.version)
      .returningAll()
      .execute();
    return refreshed.map((row): NewEvent => ({ type: 'device.updated', data: presentDevice(row) }));
  },
});
