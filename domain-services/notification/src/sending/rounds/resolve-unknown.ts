import { unchanged } from '@cloudphone/event-log';
import { sql, type Transaction } from '@cloudphone/postgres';
import { type CampaignCounts, countsOfMirror } from '../../campaigns/campaign-counts.ts';
import { CHUNK_SIZE } from '../../campaigns/freeze-audience.ts';

import { presentCampaign } from '../../campaigns/present-campaign.ts';
import type { CampaignRow } from '../../campaigns/present-progress.ts';
import { asJson } from '../../json-column.ts';
import type { NotificationTables } from '../../schema.ts';
import type { Sending } from '../sending.ts';
import { addCounts } from './add-counts.ts';
import { lockEnded, type OpenedRound, reopen } from './open-round.ts';
import type { RoundFilter } from './round-filter.ts';

/** The longest that any channel gives one message. */
const SEND_TIMEOUT_MS = 10_000;
const SENT = 2;

/**
 * Decides about deliveries of which nobody knows whether they arrived. `resend` opens a round for
 * them, under the keys they had; those that became unknown less than a lease and a send's time-out ago
 * are left alone, since a worker that is thought dead may still be sending. `accept` counts them as
 * sent, with `campaign.updated`. Nothing changes when none matches. Throws as `openRound` does.
 */
export async function resolveUnknown(
  sending: Sending,
  wanted: {
    readonly batchId: string;
    readonly how: 'resend' | 'accept';
    readonly filter: RoundFilter;
  },
): Promise<OpenedRound> {
  const { batchId, how, filter } = wanted;
  if (how === 'accept') return acceptUnknown(sending, batchId, filter);
  const ripeAt = new Date(sending.clock.now() - sending.leaseMs - SEND_TIMEOUT_MS);
  return reopen(sending, { batchId, filter, kind: 'unknown', ripeAt });
}

async function acceptUnknown(
  { writer, clock }: Sending,
  batchId: string,
  filter: RoundFilter,
): Promise<OpenedRound> {
  const { result, eventIds } = await writer.write<Omit<OpenedRound, 'eventIds'>>(async (tx) => {
    const before = await lockEnded(tx, batchId);
    let deletion = tx
      .deleteFrom('delivery_problems')
      .where('batch_id', '=', batchId)
      .where('state', '=', 'unknown');
    if (filter.channel !== undefined) deletion = deletion.where('channel', '=', filter.channel);
    if (filter.code !== undefined) deletion = deletion.where('code', '=', filter.code);
    const accepted = await deletion.returning(['channel', 'ordinal']).execute();
    if (accepted.length === 0) return unchanged({ row: before, reopened: 0 });
    const result = await writeAccepted(tx, before, accepted);
    const row = await tx
      .updateTable('campaigns')
      .set({ result: asJson(result) })
      .where('batch_id', '=', batchId)
      .returningAll()
      .executeTakeFirstOrThrow();
    const now = new Date(clock.now());
    return {
      result: { row, reopened: accepted.length },
      events: [{ type: 'campaign.updated', data: presentCampaign(row, now) }],
    };
  });
  return { ...result, eventIds };
}

type Accepted = Pick<NotificationTables['delivery_problems'], 'channel' | 'ordinal'>;

/** Corrects the mirror of the chunks concerned; returns the campaign's counters after that. */
async function writeAccepted(
  tx: Transaction<NotificationTables>,
  row: CampaignRow & { readonly result: CampaignCounts },
  accepted: readonly Accepted[],
): Promise<CampaignCounts> {
  const chunks = [...new Set(accepted.map(({ ordinal }) => Math.floor(ordinal / CHUNK_SIZE)))];
  const rows = await tx
    .selectFrom('deliveries')
    .select(['chunk', 'channel', 'states'])
    .where('batch_id', '=', row.batch_id)
    .where('chunk', '=', sql<number>`any(${chunks}::integer[])`)
    .where('states', 'is not', null)
    .$narrowType<{ states: Buffer }>()
    .execute();
  const people = rows
    .filter(({ channel }) => channel === row.channels[0])
    .reduce((sum, { states }) => sum + states.length, 0);
  const counted = () => countsOfMirror(rows, row.channels, people);
  const before = counted();
  const byPlace = new Map(rows.map((one) => [`${one.chunk} ${one.channel}`, one]));
  const changed = new Set<(typeof rows)[number]>();
  for (const { channel, ordinal } of accepted) {
    const delivery = byPlace.get(`${Math.floor(ordinal / CHUNK_SIZE)} ${channel}`);
    if (delivery === undefined) continue;
    const offset = ordinal % CHUNK_SIZE;
    delivery.states[offset] = ((delivery.states[offset] ?? 0) & 0xf0) | SENT;
    changed.add(delivery);
  }
  for (const { chunk, channel, states } of changed) {
    await tx
      .updateTable('deliveries')
      .set({ states })
      .where('batch_id', '=', row.batch_id)
      .where('chunk', '=', chunk)
      .where('channel', '=', channel)
      .execute();
  }
  return addCounts(addCounts(row.result, counted(), 1), before, -1);
}
