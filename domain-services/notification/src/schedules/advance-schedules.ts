import { isAppError } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import type { CampaignTools } from '../campaigns/campaign-tools.ts';
import { checkCampaign } from '../campaigns/check-campaign.ts';
import { moveOn } from './open-schedule.ts';
import { presentScheduleFacts, type ScheduleRow } from './present-schedule.ts';
import { inputOf } from './schedule-routes.ts';

/**
 * Makes the place of the following occurrence for each schedule whose next one is due. Occurrences
 * that passed while nobody was there leave no trace: only the one that had its place can be made up
 * for. Any number of processes may do this at once.
 */
export async function advanceSchedules(tools: CampaignTools): Promise<void> {
  while (await advanceOne(tools)) {}
}

/** True when there may be more. */
async function advanceOne(tools: CampaignTools): Promise<boolean> {
  const nowMs = tools.clock.now();
  const now = new Date(nowMs);
  const { result } = await tools.writer.write(async (tx) => {
    const row = await tx
      .selectFrom('schedules')
      .selectAll()
      .where('is_paused', '=', false)
      .where('next_at', '<=', now)
      .orderBy('next_at')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (row === undefined) return unchanged(false);
    const template = await findTemplate(row, tools);
    if (template !== undefined) {
      const { schedule, events } = await moveOn(tx, row, { nowMs, template });
      const data = presentScheduleFacts(schedule, now);
      return { result: true, events: [{ type: 'schedule.updated', data }, ...events] };
    }
    const paused = await tx
      .updateTable('schedules')
      .set({ is_paused: true, next_at: null, next_local: null, version: row.version + 1 })
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    const data = presentScheduleFacts(paused, now);
    return { result: true, events: [{ type: 'schedule.updated', data }] };
  });
  return result;
}

/** Undefined when what it would send no longer makes sense: such a schedule is paused. */
async function findTemplate(row: ScheduleRow, tools: CampaignTools) {
  try {
    const { campaign } = inputOf(row);
    return await checkCampaign(
      { content: campaign, schedule: 'now' },
      { ...tools, nowMs: tools.clock.now() },
    );
  } catch (err) {
    if (!isAppError(err, 'invalid_input')) throw err;
    tools.logger.warn({ err, scheduleId: row.id }, 'a schedule is paused: it cannot go on');
    return undefined;
  }
}
