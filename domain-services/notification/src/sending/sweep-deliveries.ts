import { takeTurn } from '@cloudphone/redis';
import type { Sending } from './sending.ts';

const DAY_MS = 24 * 3_600_000;
const KEPT_DAYS = 90;
const SWEEP_EVERY_MS = 3_600_000;
/** Campaigns in one sweep: each may have ten thousand rows. */
const AT_ONCE = 20;

/**
 * Forgets how each delivery of a campaign ended, 90 days after the campaign did; its counters stay
 * with its row. One process does it, once an hour.
 */
export async function sweepDeliveries({
  db,
  redis,
  clock,
}: Pick<Sending, 'db' | 'redis' | 'clock'>): Promise<void> {
  const turn = await takeTurn(redis, { name: 'sweep-deliveries', forMs: SWEEP_EVERY_MS });
  if (turn === undefined) return;
  const old = await db
    .selectFrom('campaigns')
    .select('batch_id')
    .where('result', 'is not', null)
    .where('completed_at', '<', new Date(clock.now() - KEPT_DAYS * DAY_MS))
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('audience_chunks')
          .select('chunk')
          .whereRef('audience_chunks.batch_id', '=', 'campaigns.batch_id'),
      ),
    )
    .limit(AT_ONCE)
    .execute();
  for (const { batch_id: batchId } of old) {
    await db.transaction().execute(async (tx) => {
      for (const table of ['deliveries', 'delivery_problems', 'audience_chunks'] as const) {
        await tx.deleteFrom(table).where('batch_id', '=', batchId).execute();
      }
    });
  }
}
