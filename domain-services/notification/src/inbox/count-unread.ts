import { notificationCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';

export function getUnreadCountRoute({ db }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.getUnreadCount, async ({ params }) => {
    const { unread } = await db
      .selectFrom('notifications')
      .select(sql<number>`count(*)::integer`.as('unread'))
      .where('user_id', '=', params.userId)
      .where('read_at', 'is', null)
      .executeTakeFirstOrThrow();
    return { body: { unread }, tags: [{ tag: tags.notificationsOf(params.userId) }] };
  });
}
