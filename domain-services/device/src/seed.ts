import { type DemoSeeding, demoDevicesOf, insertInBatches } from '@cloudphone/domain-service';
import type { Insertable, Transaction } from '@cloudphone/postgres';
import type { DeviceTables } from './schema.ts';

const DAY_MS = 24 * 3_600_000;

/** Every demo person's devices, with the owner's fields as the user service seeds them. */
export async function seedDevices(
  db: Transaction<DeviceTables>,
  seeding: DemoSeeding,
): Promise<void> {
  await insertInBatches(demoDeviceRows(seeding), (batch) =>
    db.insertInto('devices').values(batch).execute(),
  );
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
        expires_at: new Date(nowMs + device.expiresInDays * DAY_MS),
        version: 1,
        created_at: createdAt,
        updated_at: createdAt,
        work_claim: null,
        work_until: null,
      };
    }
  }
}
