import { appCalls, tags, timeSchema } from '@cloudphone/contracts';
import { pageFrom, readPlace, readsOfBatch, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { AppTables } from '../schema.ts';
import { presentInstallation, readOfInstallation } from './present-installation.ts';

const place = z.tuple([timeSchema, z.uuid()]);

/**
 * The newest first. `ids` are answered at once, whatever the limit; those that do not exist are left
 * out. By device, the tags are the devices' collections alone, since every event of an installation
 * names its device's: those of 200 devices and of 200 installations would not fit in a header.
 */
export function listInstallationsRoute({ db }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.listInstallations, async ({ query }) => {
    const { ids, deviceIds, appId } = query;
    const limit = ids?.length ?? query.limit;
    let wanted = db.selectFrom('installations').selectAll();
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (deviceIds !== undefined) {
      wanted = wanted.where('device_id', '=', sql<string>`any(${deviceIds}::uuid[])`);
    }
    if (appId !== undefined) wanted = wanted.where('app_id', '=', appId);
    if (query.cursor !== undefined) {
      const [at, id] = readPlace(query.cursor, '-requestedAt', place);
      wanted = wanted.where(sql<boolean>`(requested_at, id) < (${at}::timestamptz, ${id}::uuid)`);
    }
    const rows = await wanted
      .orderBy('requested_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();

    const page = pageFrom(rows.map(presentInstallation), limit, ({ requestedAt, id }) => [
      '-requestedAt',
      requestedAt,
      id,
    ]);
    if (deviceIds !== undefined) {
      return { body: page, tags: deviceIds.map((id) => ({ tag: tags.installationsOf(id) })) };
    }
    const present = page.items.map(readOfInstallation);
    return { body: page, tags: readsOfBatch(ids ?? [], tags.installation, present) };
  });
}
