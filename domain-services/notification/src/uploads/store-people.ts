import type { Upload } from '@cloudphone/contracts';
import { type Kysely, sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';
import type { PeopleServices } from '../segments/people-services.ts';
import { type BadRow, type FileRow, short } from './read-people-file.ts';

/** What findPeople takes at once. */
const ROWS_AT_ONCE = 1_000;
const ISSUES_KEPT = 200;

export type FileCounts = Pick<Upload, 'rows' | 'accepted' | 'duplicates' | 'rejected' | 'issues'>;

/** Takes rows as they are read and stores whom they name, some hundred at a time. */
export interface PeopleStore {
  add(row: FileRow): Promise<void>;
  reject(row: BadRow): void;
  /** Stores the rest. */
  finish(): Promise<FileCounts>;
}

/** Rows go straight to PostgreSQL: memory does not grow with the file. */
export function createPeopleStore(options: {
  readonly uploadId: string;
  readonly db: Kysely<NotificationTables>;
  readonly user: PeopleServices['user'];
}): PeopleStore {
  const { uploadId, db, user } = options;
  const counts = { rows: 0, accepted: 0, duplicates: 0, rejected: 0 };
  const issues: BadRow[] = [];
  let waiting: FileRow[] = [];

  const note = (row: BadRow): void => {
    counts.rejected += 1;
    issues.push(row);
    // Rows are found wrong in two passes; by line, the first are kept.
    if (issues.length < 2 * ISSUES_KEPT) return;
    issues.sort((one, other) => one.line - other.line).length = ISSUES_KEPT;
  };

  const store = async (): Promise<void> => {
    const rows = waiting;
    waiting = [];
    if (rows.length === 0) return;
    const userIdOf = await findUserIds(rows, user);
    const people = new Map<string, FileRow>();
    for (const row of rows) {
      const userId = userIdOf(row);
      if (userId === undefined) note({ line: row.line, message: `nobody is ${nameOf(row)}` });
      else if (people.has(userId)) counts.duplicates += 1;
      else people.set(userId, row);
    }
    const stored = await insertPeople(db, uploadId, people);
    counts.accepted += stored;
    counts.duplicates += people.size - stored;
  };

  return {
    add: async (row) => {
      counts.rows += 1;
      waiting.push(row);
      if (waiting.length >= ROWS_AT_ONCE) await store();
    },
    reject: (row) => {
      counts.rows += 1;
      note(row);
    },
    finish: async () => {
      await store();
      issues.sort((one, other) => one.line - other.line);
      return { ...counts, issues: issues.slice(0, ISSUES_KEPT) };
    },
  };
}

async function findUserIds(
  rows: readonly FileRow[],
  user: PeopleServices['user'],
): Promise<(row: FileRow) => string | undefined> {
  const wanted = {
    userIds: rows.flatMap((row) => row.userId ?? []),
    emails: rows.flatMap((row) => row.email ?? []),
    usernames: rows.flatMap((row) => row.username ?? []),
  };
  const { answer } = await user.findPeople({ body: wanted });
  const byKey = new Map(
    answer.people.flatMap(({ userId, email, username }) => [
      [userId, userId] as const,
      [`email ${email.toLowerCase()}`, userId] as const,
      [`username ${username.toLowerCase()}`, userId] as const,
    ]),
  );
  return (row) => {
    if (row.userId !== undefined) return byKey.get(row.userId);
    if (row.email !== undefined) return byKey.get(`email ${row.email.toLowerCase()}`);
    return byKey.get(`username ${row.username?.toLowerCase()}`);
  };
}

function nameOf(row: FileRow): string {
  return `“${short(row.userId ?? row.email ?? row.username ?? '')}”`;
}

/** How many were not there before. */
async function insertPeople(
  db: Kysely<NotificationTables>,
  uploadId: string,
  people: ReadonlyMap<string, FileRow>,
): Promise<number> {
  if (people.size === 0) return 0;
  const rows = [...people].map(([userId, { fields }]) => ({ user_id: userId, fields }));
  const inserted = await sql`
    insert into upload_people (upload_id, user_id, fields)
    select ${uploadId}, user_id, fields
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row (user_id uuid, fields jsonb)
    on conflict do nothing`.execute(db);
  return Number(inserted.numAffectedRows ?? 0);
}
