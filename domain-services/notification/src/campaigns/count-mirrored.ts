import type { ReadOnlyDb } from '@cloudphone/domain-service';
import { RECIPIENT_STATES } from '@cloudphone/redis';
import type { NotificationTables } from '../schema.ts';
import { findReopened } from '../sending/rounds/find-reopened.ts';
import { type CampaignCounts, countsOfMirror } from './campaign-counts.ts';
import type { CampaignRow } from './present-progress.ts';
import { statesKnown } from './states-known.ts';

const PENDING = RECIPIENT_STATES.indexOf('pending');

/** What PostgreSQL knows of a campaign's present round: a pass over all of its recipients. */
export async function countMirrored(
  db: ReadOnlyDb<NotificationTables>,
  row: Pick<CampaignRow, 'batch_id' | 'round' | 'channels' | 'total_users'>,
): Promise<CampaignCounts> {
  // Before the mirror: what a chunk that is told of in between settles is taken off this list.
  const reopened = await findReopened(db, row);
  const rows = await db
    .selectFrom('deliveries')
    .select(['chunk', 'channel', 'intended_round', 'mirrored_round', statesKnown().as('states')])
    .where('batch_id', '=', row.batch_id)
    .where(statesKnown(), 'is not', null)
    .$narrowType<{ states: Buffer }>()
    .execute();
  const known = rows.map(({ chunk, channel, states, ...rounds }) => {
    const isOfThisRound = Math.max(rounds.intended_round, rounds.mirrored_round) >= row.round;
    // What an earlier round said of those that are sent to again is over.
    for (const offset of isOfThisRound ? [] : reopened(chunk, channel)) states[offset] = PENDING;
    return { chunk, channel, states };
  });
  return countsOfMirror(known, row.channels, row.total_users);
}
