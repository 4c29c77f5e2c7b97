import type { Notification } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { NotificationTable } from '../schema.ts';

export function presentNotification(row: Selectable<NotificationTable>): Notification {
  return {
    id: row.id,
    userId: row.user_id,
    type: row.type,
    title: row.title,
    body: row.body,
    batchId: row.batch_id,
    readAt: row.read_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
}
