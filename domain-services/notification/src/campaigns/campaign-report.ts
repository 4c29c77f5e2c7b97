import {
  type CampaignProgress,
  type CampaignReport,
  notificationCalls,
  tags,
} from '@cloudphone/contracts';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { CampaignTools } from './campaign-tools.ts';
import { getFrozen } from './list-recipients.ts';
import { readProgress } from './read-progress.ts';

const MINUTE_MS = 60_000;

/** What a campaign came to: counts by code and channel, and how it went over time. */
export function getCampaignReportRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.getCampaignReport, async ({ params }) => {
    const { db, clock } = tools;
    const row = await getFrozen(params.batchId, tools);
    const progress = await readProgress(row, tools);
    const problems = await db
      .selectFrom('delivery_problems')
      .select(['state', 'channel', 'code', sql<number>`count(*)::integer`.as('count')])
      .where('batch_id', '=', row.batch_id)
      .groupBy(['state', 'channel', 'code'])
      .orderBy('count', 'desc')
      .orderBy('code')
      .orderBy('channel')
      .execute();
    const minutes = await db
      .selectFrom('campaign_minutes')
      .select(['minute', 'processed', 'sent'])
      .where('batch_id', '=', row.batch_id)
      .orderBy('minute')
      .execute();
    const having = (state: (typeof problems)[number]['state']) =>
      problems
        .filter((problem) => problem.state === state)
        .map(({ channel, code, count }) => ({ channel, code, count }));
    const body: CampaignReport = {
      batchId: row.batch_id,
      status: progress.status,
      isDryRun: row.is_dry_run,
      totalUsers: progress.totalUsers,
      sent: progress.successCount,
      failed: having('failed'),
      skipped: having('skipped'),
      unknown: having('unknown'),
      channels: progress.channels,
      overTime: minutes.map(({ minute, processed, sent }) => ({
        at: minute.toISOString(),
        ...{ processed, sent },
      })),
      projectedEndAt: projectedEnd(row.rate_per_second, progress, row.is_dry_run, clock.now()),
    };
    // Its last minute is noted some time after its end, of which no event tells.
    const isFinal = row.result !== null && !row.is_dry_run && isEndNoted(body, progress);
    return {
      body,
      tags: [{ tag: tags.campaign(row.batch_id) }],
      ...(isFinal ? {} : { changesAtMs: clock.now() }),
    };
  });
}

/** The minute of its end has a row of its own, though nobody was left to be counted in it. */
function isEndNoted(
  { overTime }: Pick<CampaignReport, 'overTime'>,
  { processedUsers, successCount, completedAt }: CampaignProgress,
): boolean {
  const last = overTime.at(-1);
  if (last === undefined || completedAt === null) return processedUsers === 0;
  const hasAll = last.processed === processedUsers && last.sent === successCount;
  return hasAll && Date.parse(last.at) + MINUTE_MS > Date.parse(completedAt);
}

/** A real run that began now would take as long as this dry one, or as its rate allows. */
function projectedEnd(
  rate: number | null,
  progress: { totalUsers: number | null; startedAt: string | null; completedAt: string | null },
  isDryRun: boolean,
  nowMs: number,
): string | null {
  const { totalUsers, startedAt, completedAt } = progress;
  if (!isDryRun || startedAt === null || completedAt === null) return null;
  const tookMs = Date.parse(completedAt) - Date.parse(startedAt);
  const byRateMs = rate === null ? 0 : ((totalUsers ?? 0) / rate) * 1_000;
  return new Date(nowMs + Math.max(tookMs, byRateMs)).toISOString();
}
