import type { Notification } from '@cloudphone/contracts';
import type { ReadOnlyDb } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';
import { chooseLocale } from '../templates/rendered-template.ts';
import { RETENTION_MS } from './retention.ts';

/**
 * Announcements are rows of their own, joined when an inbox is read: telling a million people costs
 * one row. A person's are those to everybody or to their tenant, since they joined.
 */
export function selectAnnouncements(
  db: ReadOnlyDb<NotificationTables>,
  userId: string,
  nowMs: number,
) {
  return db
    .selectFrom('announcements')
    .leftJoin('contacts', (join) => join.on('contacts.user_id', '=', userId))
    .leftJoin('announcement_reads', (join) =>
      join
        .onRef('announcement_reads.announcement_id', '=', 'announcements.id')
        .on('announcement_reads.user_id', '=', userId),
    )
    .where('contacts.deleted_at', 'is', null)
    .where('announcements.created_at', '>', new Date(nowMs - RETENTION_MS))
    .where((of) =>
      of.and([
        of.or([
          of('announcements.tenant_id', 'is', null),
          of('announcements.tenant_id', '=', of.ref('contacts.tenant_id')),
        ]),
        of.or([
          of('contacts.joined_at', 'is', null),
          of('announcements.created_at', '>=', of.ref('contacts.joined_at')),
        ]),
      ]),
    );
}

interface AnnouncementRow {
  readonly id: string;
  readonly type: string;
  readonly texts: Readonly<Record<string, { readonly title: string; readonly body: string }>>;
  readonly createdAt: Date;
  readonly readAt: Date | null;
}

/** With the language that each is read in. */
export async function findInboxAnnouncements(
  db: ReadOnlyDb<NotificationTables>,
  userId: string,
  options: {
    readonly nowMs: number;
    readonly ids?: readonly string[] | undefined;
    /** Before this place, the newest first. */
    readonly before?: readonly [createdAt: string, id: string] | undefined;
    readonly limit: number;
  },
): Promise<Notification[]> {
  const { nowMs, ids, before, limit } = options;
  let wanted = selectAnnouncements(db, userId, nowMs)
    .leftJoin('preferences', (join) => join.on('preferences.user_id', '=', userId))
    .select([
      'announcements.id as id',
      'announcements.type as type',
      'announcements.texts as texts',
      'announcements.created_at as createdAt',
      'announcement_reads.read_at as readAt',
    ])
    .select((of) => of.fn.coalesce('preferences.locale', 'contacts.locale').as('locale'));
  if (ids !== undefined) {
    wanted = wanted.where('announcements.id', '=', sql<string>`any(${[...ids]}::uuid[])`);
  }
  if (before !== undefined) {
    const [createdAt, id] = before;
    wanted = wanted.where(
      sql<boolean>`(announcements.created_at, announcements.id)
        < (${createdAt}::timestamptz, ${id}::uuid)`,
    );
  }
  const rows = await wanted
    .orderBy('announcements.created_at', 'desc')
    .orderBy('announcements.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ locale, ...row }) => presentAnnouncement(row, userId, locale ?? 'en'));
}

function presentAnnouncement(row: AnnouncementRow, userId: string, locale: string): Notification {
  const text = row.texts[chooseLocale(Object.keys(row.texts), locale)];
  if (text === undefined) throw new Error(`announcement ${row.id} has no text`);
  return {
    id: row.id,
    userId,
    type: row.type,
    title: text.title,
    body: text.body,
    batchId: null,
    readAt: row.readAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
