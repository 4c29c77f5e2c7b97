import type { ChannelKind } from '@cloudphone/contracts';
import type { ReadOnlyDb } from '@cloudphone/domain-service';
import { CHUNK_SIZE } from '../../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../../campaigns/present-progress.ts';
import type { NotificationTables } from '../../schema.ts';

/** Recipients of one chunk, by their place in it. */
export type Reopened = readonly number[];

/** Whom a campaign's present round began again, by chunk and channel. */
export async function findReopened(
  db: ReadOnlyDb<NotificationTables>,
  row: Pick<CampaignRow, 'batch_id' | 'round'>,
): Promise<(chunk: number, channel: ChannelKind) => Reopened> {
  if (row.round === 1) return () => [];
  const rows = await db
    .selectFrom('delivery_problems')
    .select(['channel', 'ordinal'])
    .where('batch_id', '=', row.batch_id)
    .where('reopened_round', '=', row.round)
    .execute();
  const byPlace = new Map<string, number[]>();
  for (const { channel, ordinal } of rows) {
    const place = `${Math.floor(ordinal / CHUNK_SIZE)} ${channel}`;
    const offset = ordinal % CHUNK_SIZE;
    const others = byPlace.get(place);
    if (others === undefined) byPlace.set(place, [offset]);
    else others.push(offset);
  }
  return (chunk, channel) => byPlace.get(`${chunk} ${channel}`) ?? [];
}
