import { notificationCalls } from '@cloudphone/contracts';
import { appError, notFound, stateConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { followCampaign } from '../sending/follow-campaign.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { presentCampaign } from './present-campaign.ts';
import { progressReply } from './progress-reply.ts';
import { readProgress } from './read-progress.ts';
import { begin } from './settle-frozen.ts';

/**
 * A second person's word for what a campaign sends and to whom: refused to whoever created it, and
 * when the content is another than the one that was looked at. Said twice by the same person it
 * changes nothing.
 */
export function approveCampaignRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.approveCampaign, async ({ params, body, identity }) => {
    const { writer, clock, approvalAbove, sending, logger } = tools;
    const { batchId } = params;
    const now = new Date(clock.now());
    const { result: row, eventIds } = await writer.write(async (tx) => {
      const before = await tx
        .selectFrom('campaigns')
        .selectAll()
        .where('batch_id', '=', batchId)
        .forUpdate()
        .executeTakeFirst();
      if (before === undefined) throw notFound('campaign', batchId);
      const isSame = before.content_hash === body.contentHash;
      if (isSame && before.approved_by === identity.userId) return unchanged(before);
      if (before.status !== 'awaiting_approval') {
        throw stateConflict('campaign', batchId, `It is ${before.status}.`);
      }
      if (before.created_by === identity.userId) throw appError('second_person_needed');
      if (!isSame) {
        throw appError('version_conflict', {
          detail: 'Its content is no longer what was looked at.',
          extra: { contentHash: before.content_hash },
        });
      }
      const given = { approved_by: identity.userId, approved_at: now };
      const { row: after, event } = await begin(tx, before, {
        nowMs: now.getTime(),
        approvalAbove,
        also: given,
      });
      const approved = { type: 'campaign.approved', data: presentCampaign(after, now) } as const;
      return { result: after, events: [approved, event] };
    });
    if (row.status === 'processing') {
      await followCampaign(sending, row).catch((err: unknown) =>
        logger.warn({ err, batchId }, 'a campaign begins later'),
      );
    }
    return { ...progressReply(await readProgress(row, tools), clock), eventIds };
  });
}
