import { notificationCalls, tags } from '@cloudphone/contracts';
import { pageFrom, readPlace, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { NotificationTables } from '../schema.ts';
import { presentNotification } from './present-notification.ts';

const placeSchema = z.tuple([z.iso.datetime(), z.uuid()]);

/** One person's inbox, the newest first. */
export function listNotificationsRoute({ db }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.listNotifications, async ({ params, query }) => {
    const { ids } = query;
    const limit = ids === undefined ? query.limit : ids.length;
    let wanted = db.selectFrom('notifications').selectAll().where('user_id', '=', params.userId);
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (query.cursor !== undefined) {
      const [createdAt, id] = readPlace(query.cursor, 'newest', placeSchema);
      wanted = wanted.where(
        sql<boolean>`(created_at, id) < (${createdAt}::timestamptz, ${id}::uuid)`,
      );
    }
    const rows = await wanted
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const page = pageFrom(rows.map(presentNotification), limit, ({ createdAt, id }) => [
      ...(['newest', createdAt, id] as const),
    ]);
    return { body: page, tags: [{ tag: tags.notificationsOf(params.userId) }] };
  });
}
