import { sql } from '@cloudphone/postgres';
import type { CampaignTools } from './campaign-tools.ts';
import { type ProgressSources, readProgress } from './read-progress.ts';

const MINUTE_MS = 60_000;
/** What ended longer ago has been noted. */
const JUST_ENDED_MS = 2 * MINUTE_MS;

/**
 * Notes how far each running campaign is by the end of this minute: at most one row a minute and
 * campaign, also when several processes do this. Counters of a report only, told by no event.
 */
export async function noteProgress(
  tools: ProgressSources & Pick<CampaignTools, 'postgres'>,
): Promise<void> {
  const { db, postgres, clock } = tools;
  const nowMs = clock.now();
  const rows = await db
    .selectFrom('campaigns')
    .selectAll()
    .where('started_at', 'is not', null)
    .where((is) =>
      is.or([
        is('status', '=', 'processing'),
        is('completed_at', '>', new Date(nowMs - JUST_ENDED_MS)),
      ]),
    )
    .execute();
  for (const row of rows) {
    const { processedUsers, successCount } = await readProgress(row, tools);
    if (processedUsers === 0) continue;
    const endMs = row.completed_at?.getTime() ?? nowMs;
    const minute = new Date(Math.floor(endMs / MINUTE_MS) * MINUTE_MS);
    const seen = { processed: processedUsers, sent: successCount };
    await postgres.db
      .insertInto('campaign_minutes')
      .values({ batch_id: row.batch_id, minute, ...seen })
      // Another process that looked later may have been quicker: counters never go back.
      .onConflict((conflict) =>
        conflict.columns(['batch_id', 'minute']).doUpdateSet({
          processed: sql`greatest(campaign_minutes.processed, excluded.processed)`,
          sent: sql`greatest(campaign_minutes.sent, excluded.sent)`,
        }),
      )
      .execute();
  }
}
