import { countChunks, rangeOfChunk } from '../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { modeOf } from './ledger-mode.ts';
import type { Sending } from './sending.ts';

/**
 * Opens a campaign's ledger, or tells one that Redis lost, wholly or in its last second, what
 * PostgreSQL knows: mirrored chunks ended as they ended; of chunks that sending had begun on, whoever
 * is not accounted for is unknown where a repeat would be a second message, and sent to (again) where
 * it would not. Does nothing to a ledger of this life of Redis.
 */
export async function prepareLedger(sending: Sending, row: CampaignRow): Promise<void> {
  const { ledger, db, channels } = sending;
  const { batch_id: batchId, total_users: total } = row;
  const run = await sending.currentRun();
  if ((await ledger.readProgress(batchId))?.run === run) return;
  await ledger.open(batchId, {
    total,
    channels: row.channels.length,
    chunks: countChunks(total),
    epoch: row.epoch,
    mode: modeOf(row),
  });
  const known = await db
    .selectFrom('deliveries')
    .selectAll()
    .where('batch_id', '=', batchId)
    .execute();
  for (const { chunk, channel: kind, states } of known) {
    const channel = row.channels.indexOf(kind);
    const range = rangeOfChunk(chunk, total);
    if (states !== null) await ledger.restoreChunk(batchId, run, channel, range, states);
    else if (channels[kind]?.isRepeatable !== true) {
      await ledger.doubtChunk(batchId, run, channel, range);
    }
  }
  const mirrored = known.filter(({ states }) => states !== null).map(({ chunk }) => chunk);
  for (const chunk of new Set(mirrored)) {
    await ledger.closeChunk(batchId, chunk, rangeOfChunk(chunk, total));
  }
  await ledger.activate(batchId, run);
}
