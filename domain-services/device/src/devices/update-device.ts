import { deviceCalls } from '@cloudphone/contracts';
import { notFound, stateConflict, versionConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { DeviceTools } from '../device-tools.ts';
import { lockDevice } from './lock-devices.ts';
import { presentDevice } from './present-device.ts';

/**
 * Changes its name or its end. With `If-Match` it is refused (409) when somebody was faster. A new
 * end is told again when it comes near; a later one lets an expired device be started again.
 */
export function updateDeviceRoute({ writer, clock }: DeviceTools): Route {
  return answerCall(deviceCalls.updateDevice, async ({ params, body, headers }) => {
    const expected = parseIfMatch(headers);
    const { result, eventIds } = await writer.write(async (tx) => {
      const before = await lockDevice(tx, params.deviceId);
      if (before === undefined) throw notFound('device', params.deviceId);
      if (expected !== undefined && expected !== before.version) {
        throw versionConflict('device', before.id, before.version);
      }
      const { name = before.name, expiresAt } = body;
      const ends = expiresAt == null ? (expiresAt ?? null) : new Date(expiresAt);
      const isEndChanged =
        expiresAt !== undefined && ends?.getTime() !== before.expires_at?.getTime();
      if (name === before.name && !isEndChanged) return unchanged(presentDevice(before));
      if (before.status === 'deleting') {
        throw stateConflict('device', before.id, 'It is being deleted.');
      }
      if (isEndChanged && ends !== null && before.owner_id === null) {
        throw stateConflict('device', before.id, 'Nobody rents it, so it does not end.');
      }
      const row = await tx
        .updateTable('devices')
        .set({
          name,
          ...(isEndChanged ? { expires_at: ends, expiry_told: null } : {}),
          version: sql`version + 1`,
          updated_at: new Date(clock.now()),
        })
        .where('id', '=', before.id)
        .returningAll()
        .executeTakeFirstOrThrow();
      const after = presentDevice(row);
      return { result: after, events: [{ type: 'device.updated', data: after }] };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
