import { deviceCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { DeviceTables } from '../schema.ts';

/** Ids of people for an audience, by the devices that they own, ascending. */
export function listSegmentOwnersRoute({ db }: ServiceTools<DeviceTables>): Route {
  return answerCall(deviceCalls.listSegmentOwners, async ({ query }) => {
    const { cursor, limit, expiringAfter, expiringBefore, isRunning } = query;
    let wanted = db
      .selectFrom('devices')
      .select('owner_id')
      .distinct()
      .where('owner_id', 'is not', null)
      .$narrowType<{ owner_id: string }>();
    if (expiringAfter !== undefined) {
      wanted = wanted.where('expires_at', '>=', new Date(expiringAfter));
    }
    if (expiringBefore !== undefined) {
      wanted = wanted.where('expires_at', '<', new Date(expiringBefore));
    }
    if (isRunning === true) wanted = wanted.where('status', '=', 'running');
    if (isRunning === false) wanted = wanted.where('status', '!=', 'running');
    if (cursor !== undefined) wanted = wanted.where('owner_id', '>', cursor);
    const rows = await wanted
      .orderBy('owner_id')
      .limit(limit + 1)
      .execute();
    const userIds = rows.slice(0, limit).map((row) => row.owner_id);
    const nextCursor = rows.length > limit ? (userIds.at(-1) ?? null) : null;
    return { body: { userIds, nextCursor }, tags: [{ tag: tags.devices() }] };
  });
}
