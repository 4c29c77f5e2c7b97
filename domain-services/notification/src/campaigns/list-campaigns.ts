import { notificationCalls, tags } from '@cloudphone/contracts';
import { pageFrom, readPlace } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { CampaignTools } from './campaign-tools.ts';
import { isMoving } from './progress-reply.ts';
import { readProgress } from './read-progress.ts';

const placeSchema = z.tuple([z.iso.datetime(), z.uuid()]);
const MOVING_FOR_MS = 1_000;

/** Campaigns, the newest first, each with its progress. */
export function listCampaignsRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.listCampaigns, async ({ query }) => {
    let wanted = tools.db.selectFrom('campaigns').selectAll();
    if (query.status !== undefined) wanted = wanted.where('status', '=', query.status);
    if (query.cursor !== undefined) {
      const [createdAt, batchId] = readPlace(query.cursor, 'newest', placeSchema);
      wanted = wanted.where(
        sql<boolean>`(created_at, batch_id) < (${createdAt}::timestamptz, ${batchId}::uuid)`,
      );
    }
    const rows = await wanted
      .orderBy('created_at', 'desc')
      .orderBy('batch_id', 'desc')
      .limit(query.limit + 1)
      .execute();
    const { items, nextCursor } = pageFrom(rows, query.limit, (row) => [
      ...(['newest', row.created_at.toISOString(), row.batch_id] as const),
    ]);
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
