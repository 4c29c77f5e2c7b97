import type { NewEvent } from '@cloudphone/contracts';
import { type Selectable, sql } from '@cloudphone/postgres';
import { type DeviceTools, type DeviceTransaction, told } from '../device-tools.ts';
import { type DeviceRow, presentDevice } from '../devices/present-device.ts';
import { releaseDevices } from '../devices/release-devices.ts';
import type { DeviceTable } from '../schema.ts';

const DAY_MS = 24 * 3_600_000;
const BATCH = 100;
/** What runs, or is about to, is stopped when its time is over. */
const STOPPABLE: readonly DeviceRow['status'][] = [
  'running',
  'unreachable',
  'starting',
  'restarting',
];

/**
 * Does what time asks for: tells owners seven days and one day before their devices' time is over,
 * stops what is over, releases what has been over for the grace period. Each once, however many
 * sweep at once and whenever they last did.
 */
export async function sweepExpiry(tools: DeviceTools): Promise<void> {
  await sweep(tools, tellOfNearEnds);
  await sweep(tools, expire);
  await sweep(tools, releaseExpired);
  tools.wake();
}

type Sweep = (tx: DeviceTransaction, at: Date, tools: DeviceTools) => Promise<readonly NewEvent[]>;

/** Few devices at a time, until none is left. */
async function sweep(tools: DeviceTools, run: Sweep): Promise<void> {
  const { writer, clock } = tools;
  for (;;) {
    const { eventIds } = await writer.write(async (tx) =>
      told(undefined, await run(tx, new Date(clock.now()), tools)),
    );
    if (eventIds.length === 0) return;
  }
}

const tellOfNearEnds: Sweep = async (tx, at) => {
  const rows = await dueDevices(tx, {
    after: at,
    until: new Date(at.getTime() + 7 * DAY_MS),
    where: sql<boolean>`expiry_told is null
      or (expiry_told > 1 and expires_at <= ${new Date(at.getTime() + DAY_MS)})`,
  });
  return mapInTurn(rows, async (row): Promise<NewEvent> => {
    const isLastDay = row.expires_at.getTime() <= at.getTime() + DAY_MS;
    const daysLeft = isLastDay ? 1 : 7;
    await tx
      .updateTable('devices')
      .set({ expiry_told: daysLeft })
      .where('id', '=', row.id)
      .execute();
    return { type: 'device.expiring_soon', data: { ...presentDevice(row), daysLeft } };
  });
};

const expire: Sweep = async (tx, at) => {
  const rows = await dueDevices(tx, {
    until: at,
    where: sql<boolean>`expiry_told is distinct from 0`,
  });
  return mapInTurn(rows, async ({ id, status }): Promise<NewEvent> => {
    const expired = await tx
      .updateTable('devices')
      .set({
        expiry_told: 0,
        ...(STOPPABLE.includes(status)
          ? { status: 'stopping', work_claim: null, work_until: null, cause: null }
          : {}),
        version: sql`version + 1`,
        updated_at: at,
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return { type: 'device.expired', data: presentDevice(expired) };
  });
};

const releaseExpired: Sweep = async (tx, at, { settings }) => {
  const until = new Date(at.getTime() - settings.expiryGraceMs);
  const rows = await dueDevices(tx, { until, where: sql<boolean>`expiry_told = 0` });
  return releaseDevices(tx, rows, at);
};

type RentedDevice = Selectable<DeviceTable> & { readonly expires_at: Date };

/** Rented devices whose time ends then, locked, the earliest first; without those others have. */
async function dueDevices(
  tx: DeviceTransaction,
  due: {
    readonly after?: Date;
    readonly until: Date;
    readonly where: ReturnType<typeof sql<boolean>>;
  },
): Promise<RentedDevice[]> {
  let wanted = tx
    .selectFrom('devices')
    .selectAll()
    .where('owner_id', 'is not', null)
    .where('expires_at', '<=', due.until)
    .where(sql<boolean>`(${due.where})`);
  if (due.after !== undefined) wanted = wanted.where('expires_at', '>', due.after);
  const rows = await wanted.orderBy('expires_at').limit(BATCH).forUpdate().skipLocked().execute();
  return rows.filter((row): row is RentedDevice => row.expires_at !== null);
}

/** One after the other: a transaction has one connection. */
async function mapInTurn<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}
