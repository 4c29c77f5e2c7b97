import type { Transaction } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';

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

/** Gives each recipient their ordinal for ever: 16 bytes an id, a hundred ids a row. */
export async function freezeAudience(
  tx: Transaction<NotificationTables>,
  batchId: string,
  userIds: readonly string[],
): Promise<void> {
  const rows = Array.from({ length: countChunks(userIds.length) }, (_, chunk) => {
    const { from, count } = rangeOfChunk(chunk, userIds.length);
    return { batch_id: batchId, chunk, recipients: packIds(userIds.slice(from, from + count)) };
  });
  for (let from = 0; from < rows.length; from += CHUNKS_A_STATEMENT) {
    const batch = rows.slice(from, from + CHUNKS_A_STATEMENT);
    await tx.insertInto('audience_chunks').values(batch).execute();
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
