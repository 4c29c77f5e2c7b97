import { CAMPAIGN_QUEUES } from '@cloudphone/contracts';
import { defineJob, type JobDefinition } from '@cloudphone/jobs';
import * as z from 'zod';
import type { CampaignTable } from '../schema.ts';

/** One chunk of one campaign, by reference. A job of an earlier epoch finds nothing to claim. */
const chunkDataSchema = z.object({
  batchId: z.uuid(),
  chunk: z.int().min(0),
  epoch: z.int().min(1),
});

export type ChunkData = z.infer<typeof chunkDataSchema>;

const chunkJob = (queue: string): JobDefinition<ChunkData> =>
  defineJob({ queue, name: 'send-chunk', data: chunkDataSchema });

/** Urgent campaigns have a queue and slots of their own; the others share one, by weight. */
export const LANES = {
  urgent: chunkJob(CAMPAIGN_QUEUES.urgent),
  shared: chunkJob(CAMPAIGN_QUEUES.shared),
} as const;

export type Lane = keyof typeof LANES;

export const ALL_LANES: readonly Lane[] = ['urgent', 'shared'];

/**
 * How many chunks of a campaign are in its queue at most: memory and cancelling cost this much, not
 * more. The shared queue is first come, first served, and a campaign adds a chunk when one has ended,
 * so campaigns that run together are served in proportion to their windows and none waits for ever.
 */
const WINDOWS = { urgent: 60, high: 240, normal: 180, low: 120 } as const;
/** Fewer would leave slots idle where sending takes long. */
const SMALLEST_WINDOW = 8;
const CHUNK = 100;

export function laneOf(row: Pick<CampaignTable, 'priority' | 'rate_per_second'>): {
  readonly lane: Lane;
  readonly window: number;
} {
  const { priority, rate_per_second: rate } = row;
  // What a campaign may send in two seconds; more would only stand in the way of others.
  const enough = rate === null ? Number.POSITIVE_INFINITY : Math.ceil((2 * rate) / CHUNK);
  const window = Math.min(WINDOWS[priority], Math.max(SMALLEST_WINDOW, enough));
  return { lane: priority === 'urgent' ? 'urgent' : 'shared', window };
}
