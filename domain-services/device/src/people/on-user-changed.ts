import type { EventBody, NewEvent } from '@cloudphone/contracts';
import { defineReaction } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import type { DeviceTransaction } from '../device-tools.ts';
import { presentDevice } from '../devices/present-device.ts';
import type { DeviceTables } from '../schema.ts';
import { rememberPerson } from './known-person.ts';

export const onUserCreated = defineReaction<'user.created', DeviceTables>({
  on: 'user.created',
  name: 'remember-person',
  run: ({ data }, tx) => refreshCopies(tx, data),
});

export const onUserUpdated = defineReaction<'user.updated', DeviceTables>({
  on: 'user.updated',
  name: 'refresh-owner-copies',
  run: ({ data }, tx) => refreshCopies(tx, data),
});

/**
 * Refreshes what devices copy of their owner, and tells of each device in the same transaction:
 * views of devices show the owner's name and would stay old otherwise. An older version of the
 * person than the one known changes nothing.
 */
async function refreshCopies(
  tx: DeviceTransaction,
  person: EventBody<'user.updated'>,
): Promise<NewEvent[]> {
  const { id, name, email, tenantId, version } = person;
  const copy = { id, name, email, tenant_id: tenantId, version, is_deleted: false };
  if (!(await rememberPerson(tx, copy))) return [];
  const refreshed = await tx
    .updateTable('devices')
    .set({
      owner_name: name,
      owner_email: email,
      tenant_id: tenantId,
      owner_version: version,
      version: sql`version + 1`,
      updated_at: sql`greatest(updated_at, ${person.updatedAt}::timestamptz)`,
    })
    .where('owner_id', '=', id)
    .where('owner_version', '<', version)
    .returningAll()
    .execute();
  return refreshed.map((row): NewEvent => ({ type: 'device.updated', data: presentDevice(row) }));
}
