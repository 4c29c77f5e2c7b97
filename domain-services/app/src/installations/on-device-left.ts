import type { EventBody, NewEvent } from '@cloudphone/contracts';
import { defineReaction, type Reaction } from '@cloudphone/event-log';
import type { AppTables, AppTransaction } from '../schema.ts';
import { presentForEvent } from './present-installation.ts';

/**
 * A device that is deleted, or given to somebody else, is wiped: what its former owner had on it is
 * gone, and they are told. What its new owner has asked for since stays.
 */
export const onDeviceLeft: readonly Reaction<AppTables>[] = (
  ['device.transferred', 'device.released', 'device.deleted'] as const
).map((on) =>
  defineReaction<typeof on, AppTables>({
    on,
    name: 'end-installations-of-device',
    run: ({ data: device }, tx) => endInstallations(tx, device),
  }),
);

async function endInstallations(
  tx: AppTransaction,
  { id, ownerId }: EventBody<'device.transferred'>,
): Promise<NewEvent[]> {
  let ended = tx.deleteFrom('installations').where('device_id', '=', id);
  if (ownerId !== null) ended = ended.where('owner_id', 'is distinct from', ownerId);
  const rows = await ended.returningAll().execute();
  return rows.map((row): NewEvent => {
    const data = presentForEvent({ ...row, version: row.version + 1 });
    return { type: 'app.uninstalled', data };
  });
}
