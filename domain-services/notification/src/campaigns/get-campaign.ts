import { notificationCalls } from '@cloudphone/contracts';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { CampaignTools } from './campaign-tools.ts';
import { PROGRESS_COLUMNS } from './present-progress.ts';
import { progressReply } from './progress-reply.ts';
import { readProgress } from './read-progress.ts';

/** The polling API: one row and one hash, asked for at the same time. */
export function getCampaignRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.getCampaign, async ({ params: { batchId } }) => {
    const glance = tools.ledger.readProgress(batchId);
    // Whoever needs it hears of its failure: one that has ended does not.
    glance.catch(() => undefined);
    const row = await tools.db
      .selectFrom('campaigns')
      .select(PROGRESS_COLUMNS)
      .where('batch_id', '=', batchId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('campaign', batchId);
    return progressReply(await readProgress(row, tools, glance), tools.clock);
  });
}
