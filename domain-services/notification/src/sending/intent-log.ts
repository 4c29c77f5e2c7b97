import type { ChannelKind } from '@cloudphone/contracts';
import { sql } from '@cloudphone/postgres';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { type Batching, batchCalls } from './batch-calls.ts';
import type { Sending } from './sending.ts';

export interface Intent {
  readonly row: Pick<CampaignRow, 'batch_id' | 'round'>;
  readonly chunk: number;
  readonly kind: ChannelKind;
  /** The last claim that they know of; what later ones say replaces it. */
  readonly claim: number;
  /** The chunk's bytes in this channel, read since. */
  readonly states: Buffer;
}

const ROWS_A_STATEMENT = 100;

/**
 * What is known of a chunk that is not finished, should Redis forget it. Written before each group
 * that is sent through a channel that cannot tell a repeat (so PostgreSQL knows who had been sent to by
 * then, and who may have been), and in every channel when a slot leaves a chunk unfinished, which is
 * after a second. Those of several slots are one statement.
 */
export function createIntentLog(
  { db, currentRun }: Pick<Sending, 'db' | 'currentRun'>,
  { gatherMs }: Batching,
) {
  return batchCalls<Intent, undefined>({
    maxItems: ROWS_A_STATEMENT,
    gatherMs,
    call: async (intents) => {
      const run = await currentRun();
      const inOrder = [...intents].sort((one, other) => one.claim - other.claim);
      const newest = new Map(
        inOrder.map(({ row, chunk, kind, claim, states }) => [
          `${row.batch_id} ${chunk} ${kind}`,
          {
            batch_id: row.batch_id,
            chunk,
            channel: kind,
            intended_run: run,
            intended_round: row.round,
            states: null,
            begun_claim: claim,
            begun_states: states,
          },
        ]),
      );
      await db
        .insertInto('deliveries')
        .values([...newest.values()])
        .onConflict((conflict) =>
          conflict
            .columns(['batch_id', 'chunk', 'channel'])
            .doUpdateSet({
              intended_round: sql<number>`excluded.intended_round`,
              intended_run: sql<string>`excluded.intended_run`,
              begun_claim: sql<number>`excluded.begun_claim`,
              begun_states: sql<Buffer>`excluded.begun_states`,
            })
            .where(
              sql<boolean>`(deliveries.intended_round, coalesce(deliveries.begun_claim, 0))
                <= (excluded.intended_round, excluded.begun_claim)`,
            ),
        )
        .execute();
      return intents.map(() => undefined);
    },
  });
}
