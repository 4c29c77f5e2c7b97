import { deviceCalls } from '@cloudphone/contracts';
import { invalidInput, notFound, stateConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import { currentCause } from '@cloudphone/runtime';
import type { DeviceTools } from '../device-tools.ts';
import { copyOfPerson } from '../people/known-person.ts';
import { lockDevice } from './lock-devices.ts';
import { presentDevice } from './present-device.ts';

/**
 * Gives a device to another person, or a free one to its first. It leaves the order that it was
 * bought with, what was still to be done to its apps is dropped, and it is wiped: nothing of its
 * former owner is handed over. To its owner already: nothing changes.
 */
export function transferDeviceRoute({ writer, clock, wake }: DeviceTools): Route {
  return answerCall(deviceCalls.transferDevice, async ({ params: { deviceId }, body }) => {
    const { result, eventIds } = await writer.write(async (tx) => {
      const owner = await copyOfPerson(tx, {
        id: body.userId,
        name: body.userName,
        email: body.userEmail,
        tenant_id: body.tenantId,
        version: body.userVersion,
      });
      const before = await lockDevice(tx, deviceId);
      if (before === undefined) throw notFound('device', deviceId);
      if (owner.is_deleted) {
        throw invalidInput([{ path: 'body.userId', message: 'there is no such person' }]);
      }
      if (before.owner_id === owner.id) return unchanged(presentDevice(before));
      if (before.status === 'creating' || before.status === 'deleting') {
        throw stateConflict('device', deviceId, `It is ${before.status}.`);
      }
      await tx.deleteFrom('app_work').where('device_id', '=', deviceId).execute();
      await tx
        .insertInto('app_work')
        .values({ device_id: deviceId, kind: 'wipe', request: null, cause: currentCause() })
        .execute();
      const row = await tx
        .updateTable('devices')
        .set({
          owner_id: owner.id,
          owner_name: owner.name,
          owner_email: owner.email,
          tenant_id: owner.tenant_id,
          owner_version: owner.version,
          order_id: null,
          version: sql`version + 1`,
          updated_at: new Date(clock.now()),
        })
        .where('id', '=', deviceId)
        .returningAll()
        .executeTakeFirstOrThrow();
      const device = presentDevice(row);
      const data = { ...device, formerOwnerId: before.owner_id };
      return { result: device, events: [{ type: 'device.transferred', data }] };
    });
    wake();
    return { body: result, eventIds, etagVersion: result.version };
  });
}
