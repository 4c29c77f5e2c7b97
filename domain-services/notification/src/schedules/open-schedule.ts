import type { NewEvent, Schedule, ScheduleInput } from '@cloudphone/contracts';
import type { Transaction } from '@cloudphone/postgres';
import type { CheckedCampaign } from '../campaigns/check-campaign.ts';
import { openOccurrence } from '../campaigns/open-campaign.ts';
import { presentCampaign } from '../campaigns/present-campaign.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { asJson } from '../json-column.ts';
import type { NotificationTables } from '../schema.ts';
import { nextRuns } from './next-runs.ts';
import {
  presentRuns,
  presentScheduleFacts,
  recurrenceOf,
  type ScheduleRow,
} from './present-schedule.ts';

/** What is asked for, with `until` null when there is none. */
export type ScheduleContent = Omit<ScheduleInput, 'until'> & { readonly until: string | null };

interface Opening {
  readonly id: string;
  readonly owner: string;
  readonly nowMs: number;
  readonly template: CheckedCampaign;
}

/** A new schedule with the place of its first occurrence. */
export async function openSchedule(
  tx: Transaction<NotificationTables>,
  content: ScheduleContent,
  { id, owner, nowMs, template }: Opening,
): Promise<{
  readonly schedule: ScheduleRow;
  readonly row: CampaignRow;
  readonly accepted: { readonly scheduleId: string; readonly nextRuns: Schedule['nextRuns'] };
  readonly events: readonly [NewEvent, ...NewEvent[]];
}> {
  const now = new Date(nowMs);
  const inserted = await tx
    .insertInto('schedules')
    .values({
      ...columnsOf(content),
      ...{ id, is_paused: false, next_local: null, next_at: null, created_by: owner, version: 1 },
      ...{ created_at: now, updated_at: now },
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const { schedule, occurrence, events } = await moveOn(tx, inserted, { nowMs, template });
  if (occurrence === undefined) throw new Error('a schedule without an occurrence was let through');
  return {
    schedule,
    row: occurrence,
    accepted: { scheduleId: id, nextRuns: presentRuns(id, recurrenceOf(schedule), nowMs) },
    events: [{ type: 'schedule.created', data: presentScheduleFacts(schedule, now) }, ...events],
  };
}

export function columnsOf(content: ScheduleContent) {
  const { name, cron, timeZone, until, missed, campaign } = content;
  return { name, cron, time_zone: timeZone, until, missed, campaign: asJson(campaign) };
}

/** Makes the place of the next occurrence after `nowMs`, if there is one. */
export async function moveOn(
  tx: Transaction<NotificationTables>,
  row: ScheduleRow,
  { nowMs, template }: Pick<Opening, 'nowMs' | 'template'>,
): Promise<{
  readonly schedule: ScheduleRow;
  readonly occurrence: CampaignRow | undefined;
  readonly events: readonly NewEvent[];
}> {
  const [next] = row.is_paused ? [] : nextRuns(recurrenceOf(row), nowMs, 1);
  const schedule = await tx
    .updateTable('schedules')
    .set({ next_local: next?.local ?? null, next_at: next ? new Date(next.atMs) : null })
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (next === undefined) return { schedule, occurrence: undefined, events: [] };
  const opened = await openOccurrence(tx, row.campaign, template, {
    ...next,
    scheduleId: row.id,
    timeZone: row.time_zone,
    owner: row.created_by,
    nowMs,
  });
  return { schedule, occurrence: opened?.row, events: opened === undefined ? [] : [opened.event] };
}

/** Takes back the place of an occurrence that has not begun. */
export async function withdrawNext(
  tx: Transaction<NotificationTables>,
  scheduleId: string,
  now: Date,
): Promise<readonly NewEvent[]> {
  const withdrawn = await tx
    .deleteFrom('campaigns')
    .where('schedule_id', '=', scheduleId)
    .where('status', '=', 'scheduled')
    .returningAll()
    .execute();
  return withdrawn.map((row) => ({
    type: 'campaign.cancelled',
    data: { ...presentCampaign(row, now), status: 'cancelled' },
  }));
}
