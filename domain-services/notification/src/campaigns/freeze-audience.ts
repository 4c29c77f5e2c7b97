import type { Kysely } from '@cloudphone/postgres';
import { asJson } from '../json-column.ts';
import type { NotificationTables, RecipientFields } from '../schema.ts';

/** Recipients in one chunk: what one job sends to. */
export const CHUNK_SIZE = 100;
const ID_BYTES = 16;
const CHUNKS_A_STATEMENT = 200;

/** Which recipients a chunk holds. */
export function rangeOfChunk(chunk: number, total: number): { from: number; count: number } {
  const from = chunk * CHUNK_SIZE;
  return { from, count: Math.min(CHUNK_SIZE, total - from) };
}

export function countChunks(total: number): number {
  return Math.ceil(total / CHUNK_SIZE);
}

/** Each person once, in the order given. */
export function deduplicate(userIds: readonly string[]): string[] {
  return [...new Set(userIds)];
}

/** Recipients with what a file says of each; absent when there is no file. */
export interface FrozenPeople {
  readonly userIds: readonly string[];
  readonly fields?: readonly RecipientFields[];
}

/** Gives each recipient their ordinal for ever: 16 bytes an id, a hundred ids a row. */
export async function freezeAudience(
  db: Kysely<NotificationTables>,
  batchId: string,
  { userIds, fields }: FrozenPeople,
  firstChunk = 0,
): Promise<void> {
  const rows = Array.from({ length: countChunks(userIds.length) }, (_, index) => {
    const { from, count } = rangeOfChunk(index, userIds.length);
    return {
      batch_id: batchId,
      chunk: firstChunk + index,
      recipients: packIds(userIds.slice(from, from + count)),
      fields: fields === undefined ? null : asJson(fields.slice(from, from + count)),
    };
  });
  for (let from = 0; from < rows.length; from += CHUNKS_A_STATEMENT) {
    const batch = rows.slice(from, from + CHUNKS_A_STATEMENT);
    await db.insertInto('audience_chunks').values(batch).execute();
  }
}

export function packIds(ids: readonly string[]): Buffer {
  return Buffer.from(ids.join('').replaceAll('-', ''), 'hex');
}

export function unpackIds(bytes: Buffer): string[] {
  const hex = bytes.toString('hex');
  return Array.from({ length: bytes.length / ID_BYTES }, (_, index) => {
    const id = hex.slice(index * 32, index * 32 + 32);
    return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join(
      '-',
    );
  });
}
