import { type DeviceStatus, deviceCalls } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { Insertable } from '@cloudphone/postgres';
import { currentCause, timeOrderedId } from '@cloudphone/runtime';
import { type DeviceTools, told } from '../device-tools.ts';
import { takePlaces } from '../pool/places.ts';
import type { DeviceTable } from '../schema.ts';
import { presentDevice } from './present-device.ts';

/** Takes a place and asks the provider for a device that is nobody's yet. */
export function createDeviceRoute(tools: DeviceTools): Route {
  return answerCall(deviceCalls.createDevice, async ({ body }) => {
    const at = new Date(tools.clock.now());
    const { result, eventIds } = await tools.writer.write(async (tx) => {
      const places = await takePlaces(tx, tools, { count: 1, nodeName: body.nodeName });
      const nodeName = places?.nodeNames[0];
      if (places === undefined || nodeName === undefined) {
        throw appError('no_capacity', { detail: 'No node has a place for it.' });
      }
      const row = await tx
        .insertInto('devices')
        .values(newDevice({ ...body, id: timeOrderedId(at.getTime()), nodeName, at }))
        .returningAll()
        .executeTakeFirstOrThrow();
      const device = presentDevice(row);
      return told(device, [{ type: 'device.status_changed', data: device }, ...places.events]);
    });
    tools.wake();
    return { body: result, eventIds, etagVersion: result.version };
  });
}

/** A device that the provider is to create, on the place that was taken for it. */
export function newDevice(wanted: {
  readonly id: string;
  readonly name: string;
  readonly model: string;
  readonly androidVersion: string;
  readonly nodeName: string;
  readonly orderId?: string;
  readonly at: Date;
}): Insertable<DeviceTable> {
  const status: DeviceStatus = 'creating';
  return {
    id: wanted.id,
    name: wanted.name,
    model: wanted.model,
    android_version: wanted.androidVersion,
    status,
    owner_version: 0,
    node_name: wanted.nodeName,
    order_id: wanted.orderId ?? null,
    cause: currentCause(),
    version: 1,
    created_at: wanted.at,
    updated_at: wanted.at,
  };
}
