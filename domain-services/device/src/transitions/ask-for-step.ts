import { type Device, deviceCalls, type Identity } from '@cloudphone/contracts';
import { notFound, stateConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import { currentCause } from '@cloudphone/runtime';
import type { DeviceTools } from '../device-tools.ts';
import { lockDevice } from '../devices/lock-devices.ts';
import { presentDevice } from '../devices/present-device.ts';
import { type AskedStep, STEPS } from './steps.ts';

/** Asks for a device to be started; answered as soon as that is certain to be tried. */
export function startDeviceRoute(tools: DeviceTools): Route {
  return answerCall(deviceCalls.startDevice, ({ params, identity }) =>
    askForStep(tools, 'start', { deviceId: params.deviceId, identity }),
  );
}

/** Asks for a device to be stopped. */
export function stopDeviceRoute(tools: DeviceTools): Route {
  return answerCall(deviceCalls.stopDevice, ({ params, identity }) =>
    askForStep(tools, 'stop', { deviceId: params.deviceId, identity }),
  );
}

/** Asks for a device to be stopped and started. */
export function restartDeviceRoute(tools: DeviceTools): Route {
  return answerCall(deviceCalls.restartDevice, ({ params, identity }) =>
    askForStep(tools, 'restart', { deviceId: params.deviceId, identity }),
  );
}

/**
 * Asking for what is under way changes nothing and answers the device as it is, and so does asking
 * to start what runs or to stop what is stopped: a client that repeats itself is not told off. From
 * any other state the step does not lead on from, and to start an expired device: 409.
 */
async function askForStep(
  { writer, clock, wake }: DeviceTools,
  step: AskedStep,
  { deviceId, identity }: { readonly deviceId: string; readonly identity: Identity },
) {
  const { from, via, to } = STEPS[step];
  const { result, eventIds } = await writer.write(async (tx) => {
    const device = await lockDevice(tx, deviceId);
    if (device === undefined || !mayAsk(identity, device.owner_id)) {
      throw notFound('device', deviceId);
    }
    const isThere = device.status === to && step !== 'restart';
    if (device.status === via || isThere) return unchanged(presentDevice(device));
    if (!from.includes(device.status)) {
      throw stateConflict('device', deviceId, `It is ${device.status}.`);
    }
    const now = new Date(clock.now());
    if (to === 'running' && device.expires_at !== null && device.expires_at <= now) {
      throw stateConflict('device', deviceId, 'It has expired.');
    }
    const asked = await tx
      .updateTable('devices')
      .set({
        status: via,
        last_error: null,
        work_claim: null,
        work_until: null,
        cause: currentCause(),
        version: sql`version + 1`,
        updated_at: now,
      })
      .where('id', '=', deviceId)
      .returningAll()
      .executeTakeFirstOrThrow();
    const result: Device = presentDevice(asked);
    return { result, events: [{ type: 'device.status_changed', data: result }] };
  });
  wake();
  return { body: result, eventIds, etagVersion: result.version };
}

/** Its owner, or whoever may change devices; to all others it does not exist. */
function mayAsk(identity: Identity, ownerId: string | null): boolean {
  return identity.permissions.includes('devices:write') || identity.userId === ownerId;
}
