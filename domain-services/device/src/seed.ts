import { type DemoSeeding, demoDevicesOf, insertInBatches } from '@cloudphone/domain-service';
import type { Insertable, Transaction } from '@cloudphone/postgres';
import type { DeviceTables } from './schema.ts';

const DAY_MS = 24 * 3_600_000;

const EXPIRES_SOON_DAYS = 7;
const NODE_PLACES = 100;

/**
 * Every demo person's devices, with the owner's fields as the user service seeds them, on nodes that
 * have some places left.
 */
export async function seedDevices(
  db: Transaction<DeviceTables>,
  seeding: DemoSeeding,
): Promise<void> {
  const devices = [...demoDeviceRows(seeding)];
  await insertNodes(db, devices, seeding.nowMs);
  await insertInBatches(devices, (batch) => db.insertInto('devices').values(batch).execute());
}

/** As many places as needed, a quarter more, and not less than a hundred. */
async function insertNodes(
  db: Transaction<DeviceTables>,
  devices: readonly Insertable<DeviceTables['devices']>[],
  nowMs: number,
): Promise<void> {
  const added = new Map<string, number>();
  for (const { node_name: name } of devices) added.set(name, (added.get(name) ?? 0) + 1);
  for (const [name, count] of added) {
    const capacity = (used: number) => Math.max(NODE_PLACES, Math.ceil(used * 1.25));
    const node = await db
      .selectFrom('nodes')
      .select(['used', 'capacity'])
      .where('name', '=', name)
      .executeTakeFirst();
    const used = (node?.used ?? 0) + count;
    const places = { capacity: Math.max(node?.capacity ?? 0, capacity(used)), used };
    await db
      .insertInto('nodes')
      .values({
        name,
        ...places,
        is_draining: false,
        version: 1,
        updated_at: new Date(nowMs),
      })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(places))
      .execute();
  }
}

function* demoDeviceRows({
  people,
  firstPerson,
  nowMs,
}: DemoSeeding): Generator<Insertable<DeviceTables['devices']>> {
  for (let n = firstPerson; n <= people; n++) {
    const createdAt = new Date(nowMs - (n % 60) * DAY_MS);
    for (const device of demoDevicesOf(n)) {
      yield {
        id: device.id,
        name: device.name,
        model: device.model,
        android_version: device.androidVersion,
        status: device.status,
        last_error: device.status === 'error' ? 'The phone did not boot.' : null,
        owner_id: device.owner.id,
        owner_name: device.owner.name,
        owner_email: device.owner.email,
        tenant_id: device.owner.tenantId,
        owner_version: 1,
        node_name: device.nodeName,
        made_at: createdAt,
        expires_at: new Date(nowMs + device.expiresInDays * DAY_MS),
        // Seeds tell nobody anything: not that time is short, either.
        expiry_told: device.expiresInDays <= EXPIRES_SOON_DAYS ? EXPIRES_SOON_DAYS : null,
        version: 1,
        created_at: createdAt,
        updated_at: createdAt,
        work_claim: null,
        work_until: null,
      };
    }
  }
}
