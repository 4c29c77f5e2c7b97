import { createHash } from 'node:crypto';
import type { NewEvent } from '@cloudphone/contracts';
import { sql, type Transaction } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';
import { countChunks } from './freeze-audience.ts';
import { countFrozenSkips } from './frozen-skips.ts';
import { presentCampaign } from './present-campaign.ts';
import type { CampaignRow } from './present-progress.ts';
import { hashRequest } from './request-hash.ts';

/**
 * What comes after the last chunk of an audience is stored, in the same transaction: its size, whom
 * it skips, the hash of all that is sent and to whom, and whether it waits for approval, for its time,
 * or begins.
 */
export async function settleFrozen(
  tx: Transaction<NotificationTables>,
  row: CampaignRow,
  frozen: { readonly total: number; readonly nowMs: number; readonly approvalAbove: number },
): Promise<{ readonly row: CampaignRow; readonly event: NewEvent }> {
  const { total, nowMs } = frozen;
  const content = { ...row, total_users: total };
  const hash = await hashContent(tx, content);
  return begin(
    tx,
    { ...content, content_hash: hash },
    {
      ...frozen,
      also: {
        total_users: total,
        chunk_count: countChunks(total),
        frozen_at: new Date(nowMs),
        frozen_counts: await countFrozenSkips(tx, row, total),
      },
    },
  );
}

/** Moves a frozen campaign to where it stands now: its approval, its time, or its beginning. */
export async function begin(
  tx: Transaction<NotificationTables>,
  row: CampaignRow,
  given: {
    readonly nowMs: number;
    readonly approvalAbove: number;
    readonly also?: Partial<
      Pick<CampaignRow, 'total_users' | 'chunk_count' | 'frozen_at' | 'frozen_counts'> &
        Pick<CampaignRow, 'approved_by' | 'approved_at'>
    >;
  },
): Promise<{ readonly row: CampaignRow; readonly event: NewEvent }> {
  const now = new Date(given.nowMs);
  const status = statusOf({ ...row, ...given.also }, given);
  const after = await tx
    .updateTable('campaigns')
    .set({
      ...given.also,
      status,
      content_hash: row.content_hash,
      started_at: status === 'processing' ? now : null,
    })
    .where('batch_id', '=', row.batch_id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { row: after, event: { type: EVENTS[status], data: presentCampaign(after, now) } };
}

const EVENTS = {
  awaiting_approval: 'campaign.awaiting_approval',
  scheduled: 'campaign.scheduled',
  processing: 'campaign.started',
} as const;

function statusOf(
  row: CampaignRow,
  { nowMs, approvalAbove }: { readonly nowMs: number; readonly approvalAbove: number },
): keyof typeof EVENTS {
  const isLarge = approvalAbove > 0 && row.total_users > approvalAbove && !row.is_dry_run;
  if (isLarge && row.approved_by === null) return 'awaiting_approval';
  return (row.starts_at?.getTime() ?? 0) > nowMs ? 'scheduled' : 'processing';
}

/** SHA-256, in hex, of all that an approval is of. */
export async function hashContent(
  tx: Transaction<NotificationTables>,
  row: CampaignRow,
): Promise<string> {
  const { audience } = await tx
    .selectFrom('audience_chunks')
    .select(
      sql<Buffer | null>`sha256(string_agg(
        sha256(recipients || coalesce(convert_to(fields::text, 'UTF8'), ''::bytea)),
        ''::bytea order by chunk))`.as('audience'),
    )
    .where('batch_id', '=', row.batch_id)
    .executeTakeFirstOrThrow();
  const content = hashRequest({
    name: row.name,
    template: [row.template_id, row.template_version],
    data: row.data,
    channels: row.channels,
    priority: row.priority,
    rate: row.rate_per_second,
    schedule: row.schedule,
    startsAt: row.starts_at?.toISOString() ?? null,
    total: row.total_users,
  });
  return createHash('sha256')
    .update(content)
    .update(audience ?? '')
    .digest('hex');
}
