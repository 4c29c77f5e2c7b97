import { sql } from '@cloudphone/postgres';
import type { Channel } from '../channels/channel.ts';
import {
  committed,
  type Delivered,
  type LoadedChunk,
  RENDER_FAILED,
  userIdOf,
} from './send-group.ts';
import type { Sending } from './sending.ts';

interface Place {
  readonly chunk: LoadedChunk;
  readonly channel: Channel;
}

/**
 * Why recipients end otherwise than sent, before the ledger says that they do; whom a provider refused
 * for good is told to whoever keeps the suppressed. Repeats replace.
 */
export async function recordProblems(
  { db, clock, ports }: Pick<Sending, 'db' | 'clock' | 'ports'>,
  { chunk, channel }: Place,
  delivered: readonly Delivered[],
): Promise<void> {
  const problems = delivered.flatMap((one) => {
    const { outcome } = one;
    if (outcome.kind === 'sent') return [];
    const { state } = committed(one);
    return state === 'sent' || state === 'retry-wait' ? [] : [{ ...one, state, outcome }];
  });
  if (problems.length === 0) return;
  const at = new Date(clock.now());
  await db
    .insertInto('delivery_problems')
    .values(
      problems.map(({ ordinal, userId, attempt, state, outcome }) => ({
        batch_id: chunk.row.batch_id,
        channel: channel.kind,
        ordinal,
        user_id: userId,
        state,
        code: outcome.code,
        detail: outcome.detail.slice(0, 500),
        attempts: attempt,
        at,
      })),
    )
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
  const refused = problems.flatMap(({ ordinal, userId, outcome }) =>
    outcome.kind === 'rejected' && outcome.code !== RENDER_FAILED
      ? [
          {
            userId,
            contact: chunk.contacts[ordinal - chunk.from],
            channel: channel.kind,
            code: outcome.code,
            detail: outcome.detail,
          },
        ]
      : [],
  );
  if (refused.length > 0) await ports.suppress(refused);
}

/** Those whose claim ran out with a worker that is gone, on a channel that cannot tell a repeat. */
export async function recordDoubted(
  sending: Pick<Sending, 'db' | 'clock' | 'ports'>,
  place: Place,
  ordinals: readonly number[],
): Promise<void> {
  const doubted = ordinals.map((ordinal) => ({
    ordinal,
    userId: userIdOf(place.chunk, ordinal),
    attempt: 0,
    outcome: {
      kind: 'unknown' as const,
      code: 'claim_expired',
      detail: 'a worker ended while it was sending',
    },
  }));
  await recordProblems(sending, place, doubted);
}
