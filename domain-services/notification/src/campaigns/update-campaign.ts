import { type CampaignSchedule, notificationCalls } from '@cloudphone/contracts';
import { type Issue, invalidInput, notFound, stateConflict } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import { asJson } from '../json-column.ts';
import { checkBeginning } from '../schedules/check-beginning.ts';
import type { NotificationTables } from '../schema.ts';
import { followCampaign } from '../sending/follow-campaign.ts';
import { findValueIssues } from '../templates/check-values.ts';
import type { TemplateValues } from '../templates/compile-text.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { presentCampaign } from './present-campaign.ts';
import type { CampaignRow } from './present-progress.ts';
import { progressReply } from './progress-reply.ts';
import { readProgress } from './read-progress.ts';
import { begin, hashContent } from './settle-frozen.ts';

interface Changes {
  readonly name?: string | undefined;
  readonly data?: TemplateValues | undefined;
  readonly priority?: CampaignRow['priority'] | undefined;
  readonly rate?: number | undefined;
  readonly schedule?: CampaignSchedule | undefined;
}

/** Changes a frozen campaign before it begins. What was approved before it is so no longer. */
export function updateCampaignRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.updateCampaign, async ({ params, body }) => {
    const { writer, clock, approvalAbove, sending, logger } = tools;
    const { batchId } = params;
    const nowMs = clock.now();
    const { result: row, eventIds } = await writer.write(async (tx) => {
      const before = await lockUnsent(tx, batchId);
      const columns = await checkChanges(tx, before, { body, nowMs });
      const changed = await tx
        .updateTable('campaigns')
        .set({ ...columns, approved_by: null, approved_at: null })
        .where('batch_id', '=', batchId)
        .returningAll()
        .executeTakeFirstOrThrow();
      const content_hash = await hashContent(tx, changed);
      const { row: after, event } = await begin(
        tx,
        { ...changed, content_hash },
        { nowMs, approvalAbove },
      );
      const data = presentCampaign(after, new Date(nowMs));
      const isElsewhere = after.status !== before.status;
      return {
        result: after,
        events: [{ type: 'campaign.updated', data }, ...(isElsewhere ? [event] : [])],
      };
    });
    if (row.status === 'processing') {
      await followCampaign(sending, row).catch((err: unknown) =>
        logger.warn({ err, batchId }, 'a campaign begins later'),
      );
    }
    return { ...progressReply(await readProgress(row, tools), clock), eventIds };
  });
}

async function lockUnsent(
  tx: Transaction<NotificationTables>,
  batchId: string,
): Promise<CampaignRow> {
  const row = await tx
    .selectFrom('campaigns')
    .selectAll()
    .where('batch_id', '=', batchId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw notFound('campaign', batchId);
  const refuse = (why: string) => stateConflict('campaign', batchId, why);
  if (row.schedule_id !== null) throw refuse('Change its schedule instead.');
  const isUnsent = row.status === 'scheduled' || row.status === 'awaiting_approval';
  if (!isUnsent || row.frozen_at === null) throw refuse(`It is ${row.status}.`);
  return row;
}

/** The columns that change. Throws invalid_input with everything that is wrong. */
async function checkChanges(
  tx: Transaction<NotificationTables>,
  row: CampaignRow,
  { body, nowMs }: { readonly body: Changes; readonly nowMs: number },
) {
  const issues: Issue[] = [];
  const { name, data, priority, rate, schedule } = body;
  if (data !== undefined) {
    const { variables } = await tx
      .selectFrom('template_versions')
      .select('variables')
      .where('template_id', '=', row.template_id)
      .where('version', '=', row.template_version)
      .executeTakeFirstOrThrow();
    const isGiven = row.audience.kind === 'csv';
    // A file's rows were checked against the values of before: only those may not go missing.
    const general = isGiven ? variables.filter((one) => one.name in row.data) : variables;
    issues.push(...findValueIssues(general, data));
  }
  const timing = schedule === undefined ? undefined : checkBeginning(schedule, nowMs);
  issues.push(...(timing?.issues ?? []));
  const isLocal = (one: CampaignRow['schedule'] | undefined) => one != null && 'localTime' in one;
  const once = timing?.beginning.kind === 'once' ? timing.beginning : undefined;
  if (timing?.beginning.kind === 'recurring') {
    issues.push({ path: 'body.schedule.cron', message: 'a campaign begins once' });
  }
  if (timing !== undefined && isLocal(row.schedule) !== isLocal(once?.schedule)) {
    const message = 'its recipients are in another order; create it anew';
    issues.push({ path: 'body.schedule', message });
  }
  if (issues.length > 0) throw invalidInput(issues);
  return {
    ...(name === undefined ? {} : { name }),
    ...(data === undefined ? {} : { data }),
    ...(priority === undefined ? {} : { priority }),
    ...(rate === undefined ? {} : { rate_per_second: rate }),
    ...(timing === undefined
      ? {}
      : {
          schedule: once === undefined ? null : asJson(once.schedule),
          starts_at: once === undefined ? null : new Date(once.startsAtMs),
        }),
  };
}
