import type { NewEvent } from '@cloudphone/contracts';
import type { Insertable, Transaction } from '@cloudphone/postgres';
import { namedId } from '@cloudphone/runtime';
import { asJson } from '../json-column.ts';
import type { Occurrence } from '../schedules/next-runs.ts';
import type { CampaignTable, NotificationTables } from '../schema.ts';
import { inOrderOfLocalTime } from './audience-source.ts';
import type { CampaignContent, CheckedCampaign } from './check-campaign.ts';
import { freezePeople } from './freeze-skips.ts';
import { presentCampaign } from './present-campaign.ts';
import type { CampaignRow } from './present-progress.ts';
import { settleFrozen } from './settle-frozen.ts';

export interface Opening {
  readonly batchId: string;
  readonly owner: string;
  readonly nowMs: number;
  readonly approvalAbove: number;
}

/**
 * A campaign's row, in the transaction of whoever asked for it. Named people are frozen at once, a
 * file's or a segment's later: a file's now, a segment's when the campaign begins.
 */
export async function openCampaign(
  tx: Transaction<NotificationTables>,
  content: CampaignContent,
  checked: CheckedCampaign,
  opening: Opening,
): Promise<{ readonly row: CampaignRow; readonly event: NewEvent }> {
  const now = new Date(opening.nowMs);
  const inserted = await tx
    .insertInto('campaigns')
    .values({ ...buildRow(content, checked, opening), created_at: now })
    .returningAll()
    .executeTakeFirstOrThrow();
  if (checked.userIds !== undefined) {
    return freezeNamed(tx, inserted, checked.userIds, opening);
  }
  const type = inserted.status === 'scheduled' ? 'campaign.scheduled' : 'campaign.preparing';
  return { row: inserted, event: { type, data: presentCampaign(inserted, now) } };
}

/**
 * The place of an occurrence that is to come: what will be sent is looked up again when it begins.
 * Undefined when it has its place already.
 */
export async function openOccurrence(
  tx: Transaction<NotificationTables>,
  content: CampaignContent,
  checked: CheckedCampaign,
  occurrence: Occurrence & {
    readonly scheduleId: string;
    readonly timeZone: string;
    readonly owner: string;
    readonly nowMs: number;
  },
): Promise<{ readonly row: CampaignRow; readonly event: NewEvent } | undefined> {
  const { local, atMs, scheduleId, timeZone, nowMs } = occurrence;
  const now = new Date(nowMs);
  const batchId = occurrenceId(scheduleId, local);
  const row = await tx
    .insertInto('campaigns')
    .values({
      ...buildRow(content, checked, { ...occurrence, batchId }),
      status: 'scheduled',
      schedule: asJson({ at: local, timeZone }),
      starts_at: new Date(atMs),
      schedule_id: scheduleId,
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  return row && { row, event: { type: 'campaign.scheduled', data: presentCampaign(row, now) } };
}

/** The same for the same occurrence, whoever begins it and however often. */
export function occurrenceId(scheduleId: string, local: string): string {
  return namedId(scheduleId, local);
}

/** Named people are all known: they are frozen in the same transaction. */
export async function freezeNamed(
  tx: Transaction<NotificationTables>,
  row: CampaignRow,
  userIds: readonly string[],
  given: Pick<Opening, 'nowMs' | 'approvalAbove'>,
): ReturnType<typeof settleFrozen> {
  const { schedule } = row;
  const ordered =
    schedule !== null && 'localTime' in schedule
      ? await inOrderOfLocalTime(
          userIds.map((userId) => ({ userId, fields: null })),
          schedule,
          { db: tx },
        )
      : userIds.map((userId) => ({ userId }));
  const people = { userIds: ordered.map(({ userId }) => userId) };
  await freezePeople(tx, row, people, { firstChunk: 0, nowMs: given.nowMs });
  return settleFrozen(tx, row, { ...given, total: userIds.length });
}

function buildRow(
  content: CampaignContent,
  { template, channels, audience, beginning }: CheckedCampaign,
  { batchId, owner, nowMs }: Omit<Opening, 'approvalAbove'>,
): Omit<Insertable<CampaignTable>, 'created_at'> {
  // A dry run shows what would be: it has nothing to wait for.
  const once = beginning.kind === 'once' && !content.dryRun ? beginning : undefined;
  const startsAt = once === undefined ? null : new Date(once.startsAtMs);
  const waits = audience.kind === 'segment' && startsAt !== null && startsAt.getTime() > nowMs;
  return {
    batch_id: batchId,
    name: content.name ?? null,
    template_id: template.id,
    template_version: template.version,
    template_code: template.code,
    data: content.data,
    channels,
    priority: content.priority,
    rate_per_second: content.rate ?? null,
    is_dry_run: content.dryRun,
    audience: asJson(audience),
    schedule: once === undefined ? null : asJson(once.schedule),
    starts_at: startsAt,
    status: waits ? 'scheduled' : 'preparing',
    epoch: 1,
    round: 1,
    total_users: 0,
    chunk_count: 0,
    created_by: owner,
    started_at: null,
    completed_at: null,
    result: null,
    pause_reason: null,
    frozen_at: null,
    frozen_counts: null,
    content_hash: null,
    approved_by: null,
    approved_at: null,
    schedule_id: null,
    failure: null,
  };
}
