import { notificationCalls, tags } from '@cloudphone/contracts';
import { pageFrom, readPlace, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { NotificationTables } from '../schema.ts';
import { findInboxAnnouncements } from './inbox-entries.ts';
import { presentNotification } from './present-notification.ts';
import { nextExpiryMs } from './retention.ts';

const placeSchema = z.tuple([z.iso.datetime(), z.uuid()]);

/** One person's inbox, the newest first: their own messages and what is announced to them. */
export function listNotificationsRoute({ db, clock }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.listNotifications, async ({ params, query }) => {
    const { userId } = params;
    const { ids } = query;
    const limit = ids === undefined ? query.limit : ids.length;
    const before =
      query.cursor === undefined ? undefined : readPlace(query.cursor, 'newest', placeSchema);
    let wanted = db.selectFrom('notifications').selectAll().where('user_id', '=', userId);
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (before !== undefined) {
      const [createdAt, id] = before;
      wanted = wanted.where(
        sql<boolean>`(created_at, id) < (${createdAt}::timestamptz, ${id}::uuid)`,
      );
    }
    const own = await wanted
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const shared = await findInboxAnnouncements(db, userId, {
      ...{ nowMs: clock.now(), ids, before },
      limit: limit + 1,
    });
    const newest = [...own.map(presentNotification), ...shared].sort(byNewest);
    const page = pageFrom(newest.slice(0, limit + 1), limit, ({ createdAt, id }) => [
      ...(['newest', createdAt, id] as const),
    ]);
    const changesAtMs = nextExpiryMs(shared.map(({ createdAt }) => Date.parse(createdAt)));
    return {
      body: page,
      tags: [{ tag: tags.notificationsOf(userId) }, { tag: tags.announcements() }],
      ...(changesAtMs === undefined ? {} : { changesAtMs }),
    };
  });
}

interface Placed {
  readonly createdAt: string;
  readonly id: string;
}

/** As PostgreSQL orders them: times of one form, and ids in lower case, compare as texts do. */
function byNewest(one: Placed, other: Placed): number {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}
