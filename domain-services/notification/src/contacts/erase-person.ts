import { defineReaction, type Reaction } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { presentSuppression } from '../preferences/suppressions.ts';
import type { NotificationTables } from '../schema.ts';

/** Rows of one person in tables that nothing but the person needs. */
const OWN_TABLES = [
  'notifications',
  'announcement_reads',
  'preferences',
  'counted_promotions',
  'push_subscriptions',
  'event_messages',
] as const;

/**
 * Forgets a deleted person. Of the contact an empty row stays, so that no late event brings the person
 * back and no message leaves. With `erase` goes whatever else names them; campaigns keep the id in
 * their frozen audience, which says nothing without a contact.
 */
export const erasePerson: Reaction<NotificationTables> = defineReaction({
  on: 'user.deleted',
  name: 'forget-person',
  run: async ({ data: { id: userId, erase, version, at } }, tx) => {
    const empty = {
      ...{ name: '', email: null, locale: 'en', time_zone: 'UTC', tenant_id: null, version },
      ...{ roles: [], joined_at: null, deleted_at: new Date(at) },
    };
    await tx
      .insertInto('contacts')
      .values({ user_id: userId, ...empty })
      .onConflict((conflict) => conflict.column('user_id').doUpdateSet(empty))
      .execute();
    for (const table of OWN_TABLES) {
      await sql`delete from ${sql.table(table)} where user_id = ${userId}`.execute(tx);
    }
    const inbox = { userId, reason: 'erased' as const, unread: 0, at };
    const told = [
      { type: 'notification.inbox_changed', data: inbox } as const,
      { type: 'user.preferences_erased', data: { userId, at } } as const,
    ];
    if (!erase) return told;
    await tx.deleteFrom('captured_messages').where('user_id', '=', userId).execute();
    await tx
      .updateTable('delivery_problems')
      .set({ detail: '' })
      .where('user_id', '=', userId)
      .execute();
    const removed = await tx
      .deleteFrom('suppressions')
      .where('user_id', '=', userId)
      .returningAll()
      .execute();
    return [
      ...told,
      ...removed.map(
        (row) => ({ type: 'suppression.removed', data: presentSuppression(row) }) as const,
      ),
    ];
  },
});
