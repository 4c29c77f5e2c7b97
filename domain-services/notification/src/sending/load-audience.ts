import type { ReadOnlyDb } from '@cloudphone/domain-service';
import { type Kysely, sql } from '@cloudphone/postgres';
import { unpackIds } from '../campaigns/freeze-audience.ts';
import type { Contact } from '../contacts/find-contacts.ts';
import type { NotificationTables, RecipientFields } from '../schema.ts';

/** Whom one chunk is for. */
export interface Audience {
  readonly userIds: readonly string[];
  /** By their place in the chunk; absent: not known, or not any more. */
  readonly contacts: readonly (Contact | undefined)[];
  /** What a file says of each recipient; null: there is no file. */
  readonly fields: readonly RecipientFields[] | null;
}

export interface ChunkName {
  readonly batchId: string;
  readonly chunk: number;
}

interface ChunkRow {
  readonly batchId: string;
  readonly chunk: number;
  readonly recipients: Buffer;
  readonly fields: readonly RecipientFields[] | null;
  /** Columns of those who are known, all in one order; null: nobody is. */
  readonly places: readonly number[] | null;
  readonly names: readonly string[];
  readonly emails: readonly (string | null)[];
  readonly phones: readonly (string | null)[];
  readonly locales: readonly string[];
  readonly zones: readonly string[];
}

/**
 * Chunks with how their people are reached now (contacts/find-contacts.ts says what wins), in one
 * query and one row a chunk: a row a person is most of what a message costs. Undefined: no such chunk.
 */
export async function loadAudiences(
  db: ReadOnlyDb<NotificationTables>,
  wanted: readonly ChunkName[],
): Promise<readonly (Audience | undefined)[]> {
  const { rows } = await sql<ChunkRow>`
    select audience_chunks.batch_id as "batchId", audience_chunks.chunk, recipients, fields, people.*
    from unnest(
      ${wanted.map(({ batchId }) => batchId)}::uuid[],
      ${wanted.map(({ chunk }) => chunk)}::integer[]) as wanted (batch_id, chunk)
    join audience_chunks
      on audience_chunks.batch_id = wanted.batch_id and audience_chunks.chunk = wanted.chunk
    cross join lateral (
      select json_agg(place) as places, json_agg(contacts.name) as names,
        json_agg(contacts.email) as emails, json_agg(preferences.phone) as phones,
        json_agg(coalesce(preferences.locale, contacts.locale)) as locales,
        json_agg(coalesce(preferences.time_zone, contacts.time_zone)) as zones
      from generate_series(0, length(recipients) / 16 - 1) as place
      join contacts
        on contacts.user_id = encode(substr(recipients, place * 16 + 1, 16), 'hex')::uuid
      left join preferences on preferences.user_id = contacts.user_id
      where contacts.deleted_at is null) as people`.execute(db as Kysely<NotificationTables>);
  const found = new Map(rows.map((row) => [nameOf(row), row]));
  return wanted.map((name) => {
    const row = found.get(nameOf(name));
    return row && presentAudience(row);
  });
}

const nameOf = ({ batchId, chunk }: ChunkName) => `${batchId}.${chunk}`;

function presentAudience(row: ChunkRow): Audience {
  const userIds = unpackIds(row.recipients);
  const contacts = new Array<Contact | undefined>(userIds.length).fill(undefined);
  row.places?.forEach((place, index) => {
    contacts[place] = {
      userId: userIds[place] as string,
      name: row.names[index] as string,
      email: row.emails[index] ?? null,
      phone: row.phones[index] ?? null,
      locale: row.locales[index] as string,
      timeZone: row.zones[index] as string,
    };
  });
  return { userIds, contacts, fields: row.fields };
}
