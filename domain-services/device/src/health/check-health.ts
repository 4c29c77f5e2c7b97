import type { NewEvent } from '@cloudphone/contracts';
import { sql } from '@cloudphone/postgres';
import { type DeviceTools, told } from '../device-tools.ts';
import { lockDevices } from '../devices/lock-devices.ts';
import { type DeviceRow, presentDevice } from '../devices/present-device.ts';
import type { Provider } from '../provider/provider.ts';

const AT_A_TIME = 500;
const TIMEOUT_MS = 10_000;

/**
 * Asks the provider which of the running devices it does not reach: those are `unreachable` until
 * it does again. While the provider gives no answer nothing is known, and nothing changes: rejects,
 * unless it was told to stop.
 */
export async function checkHealth(
  tools: DeviceTools,
  { provider, stopping }: { readonly provider: Provider; readonly stopping: AbortSignal },
): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const devices = await tools.db
      .selectFrom('devices')
      .select(['id', 'name', 'node_name as nodeName'])
      .where('status', 'in', ['running', 'unreachable'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(AT_A_TIME)
      .execute();
    const last = devices.at(-1);
    if (last === undefined) return;
    after = last.id;
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]);
    const unreachable = await provider.findUnreachable(devices, signal).catch((err: unknown) => {
      if (stopping.aborted) return undefined;
      throw err;
    });
    if (unreachable === undefined) return;
    await recordHealth(tools, { ids: devices.map(({ id }) => id), unreachable });
  }
}

async function recordHealth(
  { writer, db, clock }: DeviceTools,
  found: { readonly ids: readonly string[]; readonly unreachable: ReadonlyMap<string, string> },
): Promise<void> {
  const isNews = ({ id, status }: Pick<DeviceRow, 'id' | 'status'>) =>
    status === (found.unreachable.has(id) ? 'running' : 'unreachable');
  const now = await db
    .selectFrom('devices')
    .select(['id', 'status'])
    .where('id', '=', sql<string>`any(${[...found.ids]}::uuid[])`)
    .execute();
  const changed = now.filter(isNews).map(({ id }) => id);
  if (changed.length === 0) return;
  await writer.write(async (tx) => {
    const rows = await lockDevices(tx, (devices) =>
      devices.where('id', '=', sql<string>`any(${changed}::uuid[])`),
    );
    const events: NewEvent[] = [];
    for (const { id } of rows.filter(isNews)) {
      const reason = found.unreachable.get(id) ?? null;
      const row = await tx
        .updateTable('devices')
        .set({
          status: reason === null ? 'running' : 'unreachable',
          last_error: reason,
          version: sql`version + 1`,
          updated_at: new Date(clock.now()),
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      const type = reason === null ? 'device.status_changed' : 'device.connection_lost';
      events.push({ type, data: presentDevice(row) });
    }
    return told(undefined, events);
  });
}
