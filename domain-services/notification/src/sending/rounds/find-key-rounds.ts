import type { ChannelKind } from '@cloudphone/contracts';
import type { ReadOnlyDb } from '@cloudphone/domain-service';
import { rangeOfChunk } from '../../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../../campaigns/present-progress.ts';
import type { NotificationTables } from '../../schema.ts';

/** The round that is part of a delivery's key, where it is not the first. */
export type KeyRounds = ReadonlyMap<string, number>;

export const keyRoundName = (channel: ChannelKind, ordinal: number) => `${channel}/${ordinal}`;

const NONE: KeyRounds = new Map();

/**
 * A dead letter that is replayed is a new message. An unknown delivery that is sent again keeps its
 * key: a provider that takes keys then knows whether it had arrived.
 */
export async function findKeyRounds(
  db: ReadOnlyDb<NotificationTables>,
  row: CampaignRow,
  chunk: number,
): Promise<KeyRounds> {
  if (row.round === 1) return NONE;
  const { from, count } = rangeOfChunk(chunk, row.total_users);
  const reopened = await db
    .selectFrom('delivery_problems')
    .select(['channel', 'ordinal', 'key_round'])
    .where('batch_id', '=', row.batch_id)
    .where('reopened_round', '=', row.round)
    .where('ordinal', '>=', from)
    .where('ordinal', '<', from + count)
    .execute();
  return new Map(
    reopened.map(({ channel, ordinal, key_round: round }) => [
      keyRoundName(channel, ordinal),
      round,
    ]),
  );
}
