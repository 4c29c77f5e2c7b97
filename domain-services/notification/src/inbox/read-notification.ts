import { notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { NotificationTables } from '../schema.ts';
import { presentNotification } from './present-notification.ts';

/** Marks one of the person's own as read; the first time counts, repeats change nothing. */
export function readNotificationRoute({ writer, clock }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.readNotification, async ({ params }) => {
    const { result, eventIds } = await writer.write(async (tx) => {
      const row = await tx
        .selectFrom('notifications')
        .selectAll()
        .where('id', '=', params.notificationId)
        .where('user_id', '=', params.userId)
        .forUpdate()
        .executeTakeFirst();
      if (row === undefined) throw notFound('notification', params.notificationId);
      if (row.read_at !== null) return unchanged(presentNotification(row));
      const readAt = new Date(clock.now());
      await tx
        .updateTable('notifications')
        .set({ read_at: readAt })
        .where('id', '=', row.id)
        .execute();
      const notification = presentNotification({ ...row, read_at: readAt });
      return {
        result: notification,
        events: [{ type: 'notification.read', data: notification }],
      };
    });
    return { body: result, eventIds };
  });
}
