import { deviceCalls, tags } from '@cloudphone/contracts';
import {
  pageFrom,
  prefixPattern,
  readPlace,
  readsOfBatch,
  type ServiceTools,
} from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { DeviceTables } from '../schema.ts';
import { DEVICE_ORDERS, placeOf } from './device-orders.ts';
import { presentDevice, readOf } from './present-device.ts';

/**
 * Devices of everybody or of one owner, sorted. `ids` are answered at once, whatever the limit;
 * those that do not exist are left out, and named in the tags.
 */
export function listDevicesRoute({ db }: ServiceTools<DeviceTables>): Route {
  return answerCall(deviceCalls.listDevices, async ({ query }) => {
    const { ids, ownerId, q, sort, status } = query;
    const limit = ids === undefined ? query.limit : ids.length;
    const { value, cast, direction, place } = DEVICE_ORDERS[sort];

    let wanted = db.selectFrom('devices').selectAll();
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (ownerId !== undefined) wanted = wanted.where('owner_id', '=', ownerId);
    if (status !== undefined) wanted = wanted.where('status', '=', status);
    if (q !== undefined) {
      const pattern = prefixPattern(q);
      wanted = wanted.where((is) =>
        is.or([
          is(sql<string>`lower(name)`, 'like', pattern),
          is(sql<string>`lower(owner_name)`, 'like', pattern),
        ]),
      );
    }
    if (query.cursor !== undefined) {
      const [last, id] = readPlace(query.cursor, sort, place);
      const isAfter = direction === 'asc' ? sql`>` : sql`<`;
      wanted = wanted.where(
        sql<boolean>`(${value}, id) ${isAfter} (${last}::${cast}, ${id}::uuid)`,
      );
    }
    const rows = await wanted
      .orderBy(value, direction)
      .orderBy('id', direction)
      .limit(limit + 1)
      .execute();

    const page = pageFrom(rows.map(presentDevice), limit, (device) => placeOf(sort, device));
    const present = page.items.map(readOf);
    if (ids !== undefined) return { body: page, tags: readsOfBatch(ids, tags.device, present) };
    const collection = ownerId === undefined ? tags.devices() : tags.devicesOf(ownerId);
    return { body: page, tags: [{ tag: collection }, ...present] };
  });
}
