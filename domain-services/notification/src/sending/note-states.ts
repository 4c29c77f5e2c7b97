import type { LedgerRange } from '@cloudphone/redis';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { Channel } from '../channels/channel.ts';
import type { Intent } from './intent-log.ts';
import type { Sending } from './sending.ts';

/** A claim, and the life of Redis that granted it. */
export interface GrantedClaim {
  readonly claim: number;
  readonly run: string;
}

interface Part {
  readonly row: CampaignRow;
  readonly chunk: { readonly number: number };
  readonly range: LedgerRange;
  readonly channel: Channel;
  readonly intend: (intent: Intent) => Promise<undefined>;
}

/**
 * Before a claimed group is sent through a channel that cannot tell a repeat: PostgreSQL is told that
 * it is, then Redis is asked whether it still is the one that granted the claim. So one that lost it
 * is told of the group by whoever rebuilds it. False: it lost it already, and nothing may be sent.
 */
export async function beginGroup(
  sending: Pick<Sending, 'ledger'>,
  part: Part,
  granted: GrantedClaim,
): Promise<boolean> {
  if (part.channel.isRepeatable) return true;
  if (!(await noteStates(sending, part, granted))) return false;
  return (await sending.ledger.readRunId()) === granted.run;
}

/**
 * Tells PostgreSQL what is known of a chunk that is not finished. False, and nothing told, when Redis
 * is no longer the one that granted the claim: what that one says may be older than what was told.
 */
export async function noteStates(
  { ledger }: Pick<Sending, 'ledger'>,
  { row, chunk, range, channel, intend }: Part,
  { claim, run }: GrantedClaim,
): Promise<boolean> {
  const index = row.channels.indexOf(channel.kind);
  // In this order, on one connection: states are of the life that is asked for after them, or older.
  const [states, present] = await Promise.all([
    ledger.readStates(row.batch_id, index, row.total_users, range),
    ledger.readRunId(),
  ]);
  if (present !== run || states.length !== range.count) return false;
  await intend({ row, chunk: chunk.number, kind: channel.kind, claim, states });
  return true;
}
