import { deviceCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { DeviceTables } from '../schema.ts';
import { presentDevice, readOf } from './present-device.ts';

export function getDeviceRoute({ db }: ServiceTools<DeviceTables>): Route {
  return answerCall(deviceCalls.getDevice, async ({ params }) => {
    const row = await db
      .selectFrom('devices')
      .selectAll()
      .where('id', '=', params.deviceId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('device', params.deviceId);
    const device = presentDevice(row);
    return { body: device, tags: [readOf(device)], etagVersion: device.version };
  });
}
