import type { Device, NewEvent } from '@cloudphone/contracts';
import { sql } from '@cloudphone/postgres';
import type { DeviceTools, DeviceTransaction } from '../device-tools.ts';
import { lockDevices } from '../devices/lock-devices.ts';
import { type DeviceRow, presentDevice } from '../devices/present-device.ts';
import { copyOfPerson, type KnownPerson } from '../people/known-person.ts';
import { freePlaces } from '../pool/places.ts';
import type { ProviderOutcome } from '../provider/provider.ts';
import { isPaid, type PaidAllocation, presentAllocation } from './allocation-events.ts';
import { failAllocation } from './fail-allocation.ts';

const DAY_MS = 24 * 3_600_000;

interface Creation {
  readonly orderId: string;
  readonly outcome: ProviderOutcome;
  /** The device, locked, if it is still this claim's to finish. */
  readonly lock: () => Promise<DeviceRow | undefined>;
}

/**
 * One of an order's devices was created, or refused. The last of them makes all of them the
 * person's, at once; the first that is refused ends them all. Until then nobody has any.
 */
export async function finishCreationForOrder(
  tx: DeviceTransaction,
  tools: DeviceTools,
  { orderId, outcome, lock }: Creation,
): Promise<NewEvent[]> {
  const locked = await lockAllocation(tx, orderId);
  const row = await lock();
  if (locked === undefined || row === undefined) return [];
  const { allocation, person } = locked;
  const at = new Date(tools.clock.now());
  if (!outcome.isDone) {
    await tx.deleteFrom('devices').where('id', '=', row.id).execute();
    const data = presentDevice({
      ...row,
      status: 'error',
      last_error: outcome.reason,
      version: row.version + 1,
      updated_at: at,
    });
    return [
      { type: 'device.creation_failed', data },
      ...(await failAllocation(tx, { allocation, reason: 'provider_error', at })),
      ...(await freePlaces(tx, tools, [row.node_name])),
    ];
  }
  await tx
    .updateTable('devices')
    .set({ made_at: at, work_claim: null, work_until: null })
    .where('id', '=', row.id)
    .execute();
  const siblings = await lockDevices(tx, (devices) => devices.where('order_id', '=', orderId));
  if (siblings.some((device) => device.made_at === null)) return [];
  return handOver(tx, { allocation, person, at });
}

/** What is known of the person comes first: that lock comes before those of rows. */
async function lockAllocation(
  tx: DeviceTransaction,
  orderId: string,
): Promise<{ allocation: PaidAllocation; person: KnownPerson } | undefined> {
  const allocations = tx.selectFrom('allocations').selectAll().where('order_id', '=', orderId);
  const known = await allocations.executeTakeFirst();
  if (known === undefined || !isPaid(known)) return undefined;
  const person = await copyOfPerson(tx, {
    id: known.user_id,
    name: known.user_name,
    email: known.user_email,
    tenant_id: known.tenant_id,
    version: 0,
  });
  const allocation = await allocations.forUpdate().executeTakeFirst();
  if (allocation?.status !== 'creating' || !isPaid(allocation)) return undefined;
  return { allocation, person };
}

async function handOver(
  tx: DeviceTransaction,
  given: { readonly allocation: PaidAllocation; readonly person: KnownPerson; readonly at: Date },
): Promise<NewEvent[]> {
  const { allocation, person, at } = given;
  const rows = await tx
    .updateTable('devices')
    .set({
      status: 'stopped',
      owner_id: person.id,
      owner_name: person.name,
      owner_email: person.email,
      tenant_id: person.tenant_id,
      owner_version: person.version,
      expires_at: new Date(at.getTime() + allocation.duration_days * DAY_MS),
      version: sql`version + 1`,
      updated_at: at,
    })
    .where('order_id', '=', allocation.order_id)
    .returningAll()
    .execute();
  await tx
    .updateTable('allocations')
    .set({
      status: 'allocated',
      user_name: null,
      user_email: null,
      tenant_id: null,
      updated_at: at,
    })
    .where('order_id', '=', allocation.order_id)
    .execute();
  const byName = (a: Device, b: Device) => a.name.localeCompare(b.name, 'en', { numeric: true });
  const devices = rows.map(presentDevice).sort(byName);
  const deviceIds = devices.map(({ id }) => id);
  return [
    ...devices.map((data): NewEvent => ({ type: 'device.created', data })),
    { type: 'device.allocated', data: presentAllocation(allocation, { deviceIds, at }) },
  ];
}
