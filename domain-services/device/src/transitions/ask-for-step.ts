import { type Device, deviceCalls, type Identity } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound, stateConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import { presentDevice } from '../devices/present-device.ts';
import type { ProviderStep } from '../provider/provider.ts';
import type { DeviceTables } from '../schema.ts';
import { STEPS } from './steps.ts';

interface Asking {
  readonly tools: ServiceTools<DeviceTables>;
  /** Tells whoever performs steps that there is one more. */
  readonly onAsked: () => void;
}

/** Asks for a device to be started; answered as soon as that is certain to be tried. */
export function startDeviceRoute(asking: Asking): Route {
  return answerCall(deviceCalls.startDevice, ({ params, identity }) =>
    askForStep(asking, 'start', { deviceId: params.deviceId, identity }),
  );
}

/** Asks for a device to be stopped. */
export function stopDeviceRoute(asking: Asking): Route {
  return answerCall(deviceCalls.stopDevice, ({ params, identity }) =>
    askForStep(asking, 'stop', { deviceId: params.deviceId, identity }),
  );
}

/**
 * Asking for what is under way, or done, changes nothing and answers the device as it is: a client
 * that repeats itself is not told off. From any other state the step does not lead on from: 409.
 */
async function askForStep(
  { tools, onAsked }: Asking,
  step: ProviderStep,
  { deviceId, identity }: { readonly deviceId: string; readonly identity: Identity },
) {
  const { from, via, to } = STEPS[step];
  const { result, eventIds } = await tools.writer.write(async (tx) => {
    const device = await tx
      .selectFrom('devices')
      .selectAll()
      .where('id', '=', deviceId)
      .forUpdate()
      .executeTakeFirst();
    if (device === undefined || !mayAsk(identity, device.owner_id)) {
      throw notFound('device', deviceId);
    }
    if (device.status === via || device.status === to) return unchanged(presentDevice(device));
    if (!from.includes(device.status)) {
      throw stateConflict('device', deviceId, `It is ${device.status}.`);
    }
    const asked = await tx
      .updateTable('devices')
      .set({
        status: via,
        last_error: null,
        work_claim: null,
        work_until: null,
        version: sql`version + 1`,
        updated_at: new Date(tools.clock.now()),
      })
      .where('id', '=', deviceId)
      .returningAll()
      .executeTakeFirstOrThrow();
    const result: Device = presentDevice(asked);
    return { result, events: [{ type: 'device.status_changed', data: result }] };
  });
  onAsked();
  return { body: result, eventIds, etagVersion: result.version };
}

/** Its owner, or whoever may change devices; to all others it does not exist. */
function mayAsk(identity: Identity, ownerId: string | null): boolean {
  return identity.permissions.includes('devices:write') || identity.userId === ownerId;
}
