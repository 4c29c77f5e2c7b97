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

/** Urgent campaigns have a queue and slots of their own; the others share one, by priority. */
export const LANES = {
  urgent: chunkJob('campaign-urgent'),
  shared: chunkJob('campaign'),
} as const;

export type Lane = keyof typeof LANES;

export function laneOf(priority: CampaignTable['priority']): {
  readonly lane: Lane;
  /** Smaller is sooner. */
  readonly priority: number;
} {
  const order = { urgent: 0, high: 1, normal: 2, low: 3 } as const;
  return { lane: priority === 'urgent' ? 'urgent' : 'shared', priority: order[priority] };
}
