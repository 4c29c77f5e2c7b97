import { deviceCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { DeviceTables } from '../schema.ts';

const SOON_MS = 7 * 24 * 3_600_000;

/**
 * How many devices there are, of everybody or of one owner. `expiringSoon` changes as time passes:
 * next when a device comes within seven days of its end, or reaches it.
 */
export function getDeviceCountsRoute({ db, clock }: ServiceTools<DeviceTables>): Route {
  return answerCall(deviceCalls.getDeviceCounts, async ({ query }) => {
    const { ownerId } = query;
    const now = new Date(clock.now());
    const soon = new Date(clock.now() + SOON_MS);
    let wanted = db.selectFrom('devices');
    if (ownerId !== undefined) wanted = wanted.where('owner_id', '=', ownerId);

    const byStatus = wanted
      .select(({ fn }) => ['status', fn.countAll<string>().as('devices')])
      .groupBy('status')
      .execute();
    const expiry = wanted
      .where('owner_id', 'is not', null)
      .select(({ fn }) => [
        fn
          .countAll<string>()
          .filterWhere('expires_at', '>', now)
          .filterWhere('expires_at', '<=', soon)
          .as('expiringSoon'),
        fn.min('expires_at').filterWhere('expires_at', '>', now).as('nextEnd'),
        fn.min('expires_at').filterWhere('expires_at', '>', soon).as('nextToComeNear'),
      ])
      .executeTakeFirstOrThrow();

    const [rows, { expiringSoon, nextEnd, nextToComeNear }] = await Promise.all([byStatus, expiry]);
    const countOf = (status: string) =>
      Number(rows.find((row) => row.status === status)?.devices ?? 0);
    const changesAtMs = Math.min(
      nextEnd?.getTime() ?? Number.POSITIVE_INFINITY,
      nextToComeNear === null ? Number.POSITIVE_INFINITY : nextToComeNear.getTime() - SOON_MS,
    );
    return {
      body: {
        total: rows.reduce((total, row) => total + Number(row.devices), 0),
        byStatus: {
          creating: countOf('creating'),
          stopped: countOf('stopped'),
          starting: countOf('starting'),
          running: countOf('running'),
          restarting: countOf('restarting'),
          unreachable: countOf('unreachable'),
          stopping: countOf('stopping'),
          deleting: countOf('deleting'),
          error: countOf('error'),
        },
        expiringSoon: Number(expiringSoon),
      },
      tags: [{ tag: ownerId === undefined ? tags.devices() : tags.devicesOf(ownerId) }],
      ...(Number.isFinite(changesAtMs) ? { changesAtMs } : {}),
    };
  });
}
