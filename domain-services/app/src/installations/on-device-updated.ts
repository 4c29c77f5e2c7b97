import { defineReaction } from '@cloudphone/event-log';
import type { AppTables } from '../schema.ts';

/**
 * Keeps the owner who is told of a device's installations. No answer shows the copy, so nothing is
 * published.
 */
export const onDeviceUpdated = defineReaction<'device.updated', AppTables>({
  on: 'device.updated',
  name: 'refresh-owner-told',
  run: async ({ data: device }, tx) => {
    await tx
      .updateTable('installations')
      .set({ owner_id: device.ownerId })
      .where('device_id', '=', device.id)
      .where('owner_id', 'is distinct from', device.ownerId)
      .execute();
    return [];
  },
});
