import { notificationCalls, tags } from '@cloudphone/contracts';
import { newestPage } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { CampaignTools } from './campaign-tools.ts';
import { isMoving } from './progress-reply.ts';
import { readProgress } from './read-progress.ts';

const MOVING_FOR_MS = 1_000;

/** Campaigns, the newest first, each with its progress. */
export function listCampaignsRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.listCampaigns, async ({ query }) => {
    let wanted = tools.db.selectFrom('campaigns').selectAll();
    if (query.status !== undefined) wanted = wanted.where('status', '=', query.status);
    const { items, nextCursor } = await newestPage(wanted, query, {
      order: 'newest',
      at: 'created_at',
      id: 'batch_id',
    });
    const body = {
      items: await Promise.all(items.map((row) => readProgress(row, tools))),
      nextCursor,
    };
    return {
      body,
      tags: [
        { tag: tags.campaigns() },
        ...body.items.map(({ batchId }) => ({ tag: tags.campaign(batchId) })),
      ],
      ...(body.items.some(isMoving) ? { changesAtMs: tools.clock.now() + MOVING_FOR_MS } : {}),
    };
  });
}
