import { notificationCalls } from '@cloudphone/contracts';
import { pageFrom, readPlace, type ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { NotificationTables } from '../schema.ts';

const placeSchema = z.tuple([z.iso.datetime(), z.uuid()]);

/** What would have been sent, for demonstrations: outside demo mode there is no such address. */
export function listCapturedMessagesRoute({ db, config }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.listCapturedMessages, async ({ query }) => {
    if (!config.isDemo) throw notFound('page', 'captured-messages');
    let wanted = db.selectFrom('captured_messages').selectAll();
    if (query.batchId !== undefined) wanted = wanted.where('batch_id', '=', query.batchId);
    if (query.cursor !== undefined) {
      const [capturedAt, id] = readPlace(query.cursor, 'newest', placeSchema);
      wanted = wanted.where(
        sql<boolean>`(captured_at, id) < (${capturedAt}::timestamptz, ${id}::uuid)`,
      );
    }
    const rows = await wanted
      .orderBy('captured_at', 'desc')
      .orderBy('id', 'desc')
      .limit(query.limit + 1)
      .execute();
    const { items, nextCursor } = pageFrom(rows, query.limit, (row) => [
      ...(['newest', row.captured_at.toISOString(), row.id] as const),
    ]);
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
