import type { CampaignCounts } from './campaign-counts.ts';

/** What a poll tells of a campaign that runs. */
interface Told {
  readonly counts: CampaignCounts;
  readonly finishedAtMs?: number | undefined;
}

/** How far this process has said that campaigns are. */
export interface ToldProgress {
  /** `seen`, unless more of this round was told before: then that. */
  furthest(campaign: { readonly batch_id: string; readonly round: number }, seen: Told): Told;
}

const CAMPAIGNS = 500;

/**
 * Keeps answers from going back. While Redis is away PostgreSQL answers, which knows how it was up to
 * a second ago; a ledger that was lost is told no more than that; and of two polls at once the slower
 * may have looked first. What was told stands, whole, until the campaign is as far again. For answers
 * of one process: another one's may be that second behind. Forgets the campaign that nobody asked
 * about for longest.
 */
export function createToldProgress(): ToldProgress {
  const told = new Map<string, Told & { readonly round: number }>();
  return {
    furthest: ({ batch_id: batchId, round }, seen) => {
      const before = told.get(batchId);
      const now = before?.round === round && isFurther(before, seen) ? before : { ...seen, round };
      told.delete(batchId);
      told.set(batchId, now);
      const oldest = told.size > CAMPAIGNS ? told.keys().next().value : undefined;
      if (oldest !== undefined) told.delete(oldest);
      return now;
    },
  };
}

function isFurther(before: Told, seen: Told): boolean {
  if (before.counts.processed !== seen.counts.processed) {
    return before.counts.processed > seen.counts.processed;
  }
  return before.finishedAtMs !== undefined && seen.finishedAtMs === undefined;
}
