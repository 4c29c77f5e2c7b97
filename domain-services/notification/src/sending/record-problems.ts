import type { ChannelKind } from '@cloudphone/contracts';
import { sql } from '@cloudphone/postgres';
import { committed, type Delivered } from './send-group.ts';
import type { Sending } from './sending.ts';

/** Why recipients end otherwise than sent, before the ledger says that they do. Repeats replace. */
export async function recordProblems(
  { db, clock }: Pick<Sending, 'db' | 'clock'>,
  batchId: string,
  channel: ChannelKind,
  delivered: readonly Delivered[],
): Promise<void> {
  const rows = delivered.flatMap((one) => {
    const { state } = committed(one);
    const { outcome } = one;
    if (state === 'sent' || state === 'retry-wait' || outcome.kind === 'sent') return [];
    return [
      {
        batch_id: batchId,
        channel,
        ordinal: one.ordinal,
        user_id: one.userId,
        state,
        code: outcome.code,
        detail: outcome.detail.slice(0, 500),
        attempts: one.attempt,
        at: new Date(clock.now()),
      },
    ];
  });
  if (rows.length === 0) return;
  await db
    .insertInto('delivery_problems')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['batch_id', 'channel', 'ordinal']).doUpdateSet({
        state: sql<'failed'>`excluded.state`,
        code: sql<string>`excluded.code`,
        detail: sql<string>`excluded.detail`,
        attempts: sql<number>`excluded.attempts`,
        at: sql<Date>`excluded.at`,
      }),
    )
    .execute();
}
