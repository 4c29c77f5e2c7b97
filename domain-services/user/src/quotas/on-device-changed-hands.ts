import type { NewEvent } from '@cloudphone/contracts';
import { defineReaction } from '@cloudphone/event-log';
import type { Transaction } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';
import { lockQuota, settleQuota } from './settle-quota.ts';

interface Holding {
  readonly deviceId: string;
  /** Null: nobody's. */
  readonly ownerId: string | null;
  /** Of the device; 0 when not told. */
  readonly version: number;
}

const holdingOf = ({
  id,
  ownerId,
  version,
}: {
  id: string;
  ownerId: string | null;
  version: number;
}) => ({ deviceId: id, ownerId, version }) satisfies Holding;

export const onDeviceCreated = defineReaction<'device.created', UserTables>({
  on: 'device.created',
  name: 'count-created-device',
  run: ({ data }, tx) => countHoldings(tx, [holdingOf(data)]),
});

export const onDeviceTransferred = defineReaction<'device.transferred', UserTables>({
  on: 'device.transferred',
  name: 'count-transferred-device',
  run: ({ data }, tx) => countHoldings(tx, [holdingOf(data)]),
});

export const onDeviceReleased = defineReaction<'device.released', UserTables>({
  on: 'device.released',
  name: 'count-released-device',
  run: ({ data }, tx) => countHoldings(tx, [{ ...holdingOf(data), ownerId: null }]),
});

export const onDeviceDeleted = defineReaction<'device.deleted', UserTables>({
  on: 'device.deleted',
  name: 'count-deleted-device',
  run: ({ data }, tx) => countHoldings(tx, [{ ...holdingOf(data), ownerId: null }]),
});

export const onDeviceAllocated = defineReaction<'device.allocated', UserTables>({
  on: 'device.allocated',
  name: 'count-allocated-devices',
  run: ({ data }, tx) => {
    const ids = [...new Set(data.deviceIds)].sort();
    return countHoldings(
      tx,
      ids.map((deviceId) => ({ deviceId, ownerId: data.userId, version: 0 })),
    );
  },
});

/**
 * Counts devices by whose they are, not events: that a device is told of twice, released and then
 * deleted, or allocated after its own event was heard, changes nothing. Devices that were there
 * before anybody listened are given up as those of the person that the event says had them.
 */
async function countHoldings(
  tx: Transaction<UserTables>,
  holdings: readonly Holding[],
): Promise<readonly NewEvent[]> {
  const changeOf = new Map<string, number>();
  const add = (userId: string | null, count: number) => {
    if (userId !== null) changeOf.set(userId, (changeOf.get(userId) ?? 0) + count);
  };
  for (const holding of holdings) {
    const before = await replaceHolding(tx, holding);
    if (before === 'newer') continue;
    add(before?.owner_id ?? null, -1);
    add(holding.ownerId, 1);
  }
  const events: NewEvent[] = [];
  // In one order everywhere, so that two who change the same quotas never wait in a ring.
  for (const userId of [...changeOf.keys()].sort()) {
    const quota = await lockQuota(tx, userId);
    if (quota === undefined) continue;
    const devicesUsed = Math.max(0, quota.devices_used + (changeOf.get(userId) ?? 0));
    events.push(...(await settleQuota(tx, quota, { devicesUsed })).events);
  }
  return events;
}

/** Whose the device was until now; `newer` when more is known of it already. */
async function replaceHolding(
  tx: Transaction<UserTables>,
  { deviceId, ownerId, version }: Holding,
): Promise<{ owner_id: string | null } | 'newer' | undefined> {
  const first = await tx
    .insertInto('quota_devices')
    .values({ device_id: deviceId, owner_id: ownerId, version })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (first.numInsertedOrUpdatedRows === 1n) return undefined;
  // Events of different keys are handled side by side: whoever tells of the device, too, is waited for.
  const known = await tx
    .selectFrom('quota_devices')
    .selectAll()
    .where('device_id', '=', deviceId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (known.version >= version) return 'newer';
  await tx
    .updateTable('quota_devices')
    .set({ owner_id: ownerId, version })
    .where('device_id', '=', deviceId)
    .execute();
  return known;
}
