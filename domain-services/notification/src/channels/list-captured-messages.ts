import { notificationCalls } from '@cloudphone/contracts';
import { newestPage, type ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { NotificationTables } from '../schema.ts';

/** What would have been sent, for demonstrations: outside demo mode there is no such address. */
export function listCapturedMessagesRoute({ db, config }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.listCapturedMessages, async ({ query }) => {
    if (!config.isDemo) throw notFound('page', 'captured-messages');
    let wanted = db.selectFrom('captured_messages').selectAll();
    if (query.batchId !== undefined) wanted = wanted.where('batch_id', '=', query.batchId);
    const { items, nextCursor } = await newestPage(wanted, query, {
      order: 'newest',
      at: 'captured_at',
      id: 'id',
    });
    const messages = items.map((row) => ({
      id: row.id,
      channel: row.channel,
      address: row.address,
      title: row.title,
      body: row.body,
      html: row.html,
      userId: row.user_id,
      batchId: row.batch_id,
      unsubscribeUrl: row.unsubscribe_url,
      capturedAt: row.captured_at.toISOString(),
    }));
    return { body: { items: messages, nextCursor } };
  });
}
