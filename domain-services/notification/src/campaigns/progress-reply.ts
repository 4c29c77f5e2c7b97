import { createHash } from 'node:crypto';
import { type CampaignProgress, type TagRead, tags } from '@cloudphone/contracts';
import type { Clock } from '@cloudphone/runtime';

/** How often it is worth asking again, in seconds; final answers say nothing. */
const POLL_SECONDS: Partial<Record<CampaignProgress['status'], number>> = {
  preparing: 1,
  processing: 1,
  paused: 5,
  scheduled: 30,
  awaiting_approval: 30,
};

/** How long a view may show counters that move without events. */
const MOVING_FOR_MS = 1_000;

/** The answer of the polling API: an ETag of its content, and when to ask again. */
export function progressReply(progress: CampaignProgress, clock: Clock) {
  const pollSeconds = POLL_SECONDS[progress.status];
  const digest = createHash('sha1').update(JSON.stringify(progress)).digest('base64url');
  const read: TagRead = { tag: tags.campaign(progress.batchId) };
  return {
    body: progress,
    tags: [read],
    headers: {
      etag: `W/"${digest}"`,
      'cache-control': 'private, no-cache',
      ...(pollSeconds === undefined ? {} : { 'retry-after': String(pollSeconds) }),
    },
    ...(isMoving(progress) ? { changesAtMs: clock.now() + MOVING_FOR_MS } : {}),
  };
}

const NOT_BEGUN: readonly CampaignProgress['status'][] = [
  ...(['scheduled', 'awaiting_approval', 'preparing', 'failed'] as const),
];

/** Whether its counters change by themselves. */
export function isMoving({ status, processedUsers, totalUsers }: CampaignProgress): boolean {
  if (NOT_BEGUN.includes(status)) return false;
  return status === 'processing' || processedUsers !== totalUsers;
}
