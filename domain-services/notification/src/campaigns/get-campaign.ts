import { notificationCalls } from '@cloudphone/contracts';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { CampaignTools } from './campaign-tools.ts';
import { progressReply } from './progress-reply.ts';
import { readProgress } from './read-progress.ts';

/** The polling API: one row and one hash. */
export function getCampaignRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.getCampaign, async ({ params }) => {
    const row = await tools.db
      .selectFrom('campaigns')
      .selectAll()
      .where('batch_id', '=', params.batchId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('campaign', params.batchId);
    return progressReply(await readProgress(row, tools), tools.clock);
  });
}
