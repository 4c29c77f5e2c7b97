import type { EventBody, Schedule } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import { occurrenceId } from '../campaigns/open-campaign.ts';
import type { ScheduleTable } from '../schema.ts';
import { nextRuns, type Recurrence } from './next-runs.ts';

export type ScheduleRow = Selectable<ScheduleTable>;

const SHOWN_RUNS = 5;

export function recurrenceOf({ cron, time_zone: timeZone, until }: ScheduleRow): Recurrence {
  return { cron, timeZone, until };
}

/** A schedule with its next occurrences; a paused one has none. */
export function presentSchedule(row: ScheduleRow, nowMs: number): Schedule {
  return {
    id: row.id,
    name: row.name,
    cron: row.cron,
    timeZone: row.time_zone,
    until: row.until,
    missed: row.missed,
    isPaused: row.is_paused,
    campaign: presentContent(row.campaign),
    nextRuns: row.is_paused ? [] : presentRuns(row.id, recurrenceOf(row), nowMs),
    createdBy: row.created_by,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** Named people are counted, not listed. */
function presentContent({ userIds, ...content }: ScheduleRow['campaign']): Schedule['campaign'] {
  const named = userIds ?? content.audience?.userIds;
  return named === undefined ? content : { ...content, audience: { people: named.length } };
}

export function presentRuns(
  scheduleId: string,
  recurrence: Recurrence,
  nowMs: number,
): Schedule['nextRuns'] {
  return nextRuns(recurrence, nowMs, SHOWN_RUNS).map(({ local, atMs }) => ({
    local,
    at: new Date(atMs).toISOString(),
    batchId: occurrenceId(scheduleId, local),
  }));
}

/** What a schedule's events tell. */
export function presentScheduleFacts(row: ScheduleRow, at: Date): EventBody<'schedule.updated'> {
  return {
    id: row.id,
    name: row.name,
    isPaused: row.is_paused,
    nextAt: row.next_at?.toISOString() ?? null,
    version: row.version,
    at: at.toISOString(),
  };
}
