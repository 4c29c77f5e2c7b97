import { appCalls, tags } from '@cloudphone/contracts';
import { newestPage, readsOfBatch, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { AppTables } from '../schema.ts';
import { presentInstallation, readOfInstallation } from './present-installation.ts';

/**
 * The newest first. `ids` are answered at once, whatever the limit; those that do not exist are left
 * out. By device, the tags are the devices' collections alone, since every event of an installation
 * names its device's: those of 200 devices and of 200 installations would not fit in a header.
 */
export function listInstallationsRoute({ db }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.listInstallations, async ({ query }) => {
    const { ids, deviceIds, appId } = query;
    let wanted = db.selectFrom('installations').selectAll();
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (deviceIds !== undefined) {
      wanted = wanted.where('device_id', '=', sql<string>`any(${deviceIds}::uuid[])`);
    }
    if (appId !== undefined) wanted = wanted.where('app_id', '=', appId);
    const { items, nextCursor } = await newestPage(
      wanted,
      { limit: ids?.length ?? query.limit, cursor: query.cursor },
      { order: '-requestedAt', at: 'requested_at', id: 'id' },
    );
    const page = { items: items.map(presentInstallation), nextCursor };
    if (deviceIds !== undefined) {
      return { body: page, tags: deviceIds.map((id) => ({ tag: tags.installationsOf(id) })) };
    }
    const present = page.items.map(readOfInstallation);
    return { body: page, tags: readsOfBatch(ids ?? [], tags.installation, present) };
  });
}
