import { sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import type { DeviceTools } from '../device-tools.ts';
import type { Provider } from '../provider/provider.ts';
import { askProvider } from '../work/ask-provider.ts';
import type { WorkList } from '../work/work-loop.ts';
import type { ClaimedDevice } from './claimed-device.ts';
import { finishStep } from './finish-step.ts';
import { stepOf, WAITING } from './steps.ts';

/**
 * The work list of devices that something was asked of, in the table itself. A claim ends by
 * itself, so what a process left behind when it died is found by the next; an outcome is written
 * under its claim only, so a process that was merely slow changes nothing any more.
 */
export function createDeviceWork(tools: DeviceTools, provider: Provider): WorkList<ClaimedDevice> {
  const { postgres, logger } = tools;
  return {
    name: 'steps of devices',

    claim: async (count, leaseMs) => {
      const claim = randomId();
      const devices = await postgres.db
        .updateTable('devices')
        .set({ work_claim: claim, work_until: sql<Date>`now() + ${leaseMs} * interval '1 ms'` })
        .where('id', 'in', (db) =>
          db
            .selectFrom('devices')
            .select('id')
            .where('status', 'in', WAITING)
            // Made already, and waiting for the others of its order.
            .where((is) => is.or([is('status', '<>', 'creating'), is('made_at', 'is', null)]))
            .where((is) =>
              is.or([is('work_until', 'is', null), is('work_until', '<', sql<Date>`now()`)]),
            )
            .orderBy('updated_at')
            .limit(count)
            .forUpdate()
            .skipLocked(),
        )
        .returningAll()
        .execute();
      return devices.map((device) => ({ device, claim }));
    },

    causeOf: ({ device }) => device.cause,

    perform: async (claimed, signal) => {
      const { id, name, node_name: nodeName, status } = claimed.device;
      const step = stepOf(status);
      const outcome = await askProvider(
        () => provider.perform(step, { id, name, nodeName }, signal),
        { signal, logger, about: { device: id, step } },
      );
      await finishStep(tools, claimed, outcome);
    },

    release: async ({ device, claim }) => {
      await postgres.db
        .updateTable('devices')
        .set({ work_claim: null, work_until: null })
        .where('id', '=', device.id)
        .where('work_claim', '=', claim)
        .execute();
    },
  };
}
