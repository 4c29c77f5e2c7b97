import { notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';

/**
 * For whoever delivers to sockets, when a client has acknowledged: those of the person's own that
 * arrived for the first time are told as `notification.pushed`, once each.
 */
export function markNotificationsPushedRoute({
  writer,
  clock,
}: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.markNotificationsPushed, async ({ params, body }) => {
    const { userId } = params;
    const { result, eventIds } = await writer.write(async (tx) => {
      const now = new Date(clock.now());
      const rows = await tx
        .updateTable('notifications')
        .set({ pushed_at: now })
        .where('user_id', '=', userId)
        .where('id', '=', sql<string>`any(${body.ids}::uuid[])`)
        .where('pushed_at', 'is', null)
        .returning('id')
        .execute();
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return unchanged({ pushed: 0 });
      return {
        result: { pushed: ids.length },
        events: [{ type: 'notification.pushed', data: { userId, ids, at: now.toISOString() } }],
      };
    });
    return { body: result, eventIds };
  });
}
