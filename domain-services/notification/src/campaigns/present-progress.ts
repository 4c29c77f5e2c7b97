import type { CampaignProgress } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { StateCounts } from '@cloudphone/redis';
import type { CampaignTable } from '../schema.ts';
import type { CampaignCounts } from './campaign-counts.ts';
import { estimateEnd } from './estimate-end.ts';

export type CampaignRow = Selectable<CampaignTable>;

/** What of a campaign's row its progress is presented from. */
export type ProgressRow = Pick<CampaignRow, (typeof PROGRESS_COLUMNS)[number]>;

export const PROGRESS_COLUMNS = [
  ...(['batch_id', 'name', 'status', 'channels', 'total_users', 'is_dry_run'] as const),
  ...(['schedule_id', 'created_by', 'content_hash', 'approved_by'] as const),
  ...(['created_at', 'starts_at', 'frozen_at', 'started_at', 'completed_at'] as const),
  ...(['epoch', 'round', 'frozen_counts', 'result', 'pause_reason', 'failure'] as const),
] as const satisfies readonly (keyof CampaignTable)[];

/** What only a live ledger knows. */
export interface LiveFacts {
  readonly pacePerSecond?: number | undefined;
  readonly finishedAtMs?: number | undefined;
  readonly limitedBy?: string | undefined;
}

export function presentProgress(
  row: ProgressRow,
  counts: CampaignCounts,
  live: LiveFacts = {},
): CampaignProgress {
  const { processed, people } = counts;
  const status = hasEnded(row, processed, live) ? 'completed' : row.status;
  const total = row.frozen_at === null ? null : row.total_users;
  const endedAt = live.finishedAtMs === undefined ? null : new Date(live.finishedAtMs);
  const estimate =
    status === 'processing' ? estimateEnd(row.total_users - processed, live) : undefined;
  const channels = Object.entries(counts.channels).map(([kind, states]) => [
    kind,
    presentChannel(states),
  ]);
  return {
    batchId: row.batch_id,
    name: row.name,
    status,
    totalUsers: total,
    processedUsers: processed,
    successCount: people.sent,
    failureCount: people.failed,
    skippedCount: people.skipped,
    unknownCount: people.unknown,
    cancelledCount: people.cancelled,
    // Rounded down: 100 means everybody.
    progress: total === null || total === 0 ? 0 : Math.floor((processed * 1_000) / total) / 10,
    estimatedTimeRemaining: estimate?.estimatedTimeRemaining ?? null,
    etaSeconds: estimate?.etaSeconds ?? null,
    limitedBy: limitOf(row, status, live),
    channels: Object.fromEntries(channels) as CampaignProgress['channels'],
    isDryRun: row.is_dry_run,
    scheduledFor: row.starts_at?.toISOString() ?? null,
    scheduleId: row.schedule_id,
    createdBy: row.created_by,
    contentHash: row.content_hash,
    approvedBy: row.approved_by,
    failure: row.failure,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    completedAt: (row.completed_at ?? endedAt)?.toISOString() ?? null,
  };
}

/**
 * The last commit decides that it is finished; the row follows with the event. Where the ledger is not
 * there to tell when that was, everybody's being processed tells that it was.
 */
function hasEnded(row: ProgressRow, processed: number, live: LiveFacts): boolean {
  if (row.status !== 'processing' && row.status !== 'paused') return false;
  const isEverybodyProcessed =
    row.started_at !== null && row.total_users > 0 && processed === row.total_users;
  return live.finishedAtMs !== undefined || isEverybodyProcessed;
}

/** In words for people. */
function limitOf(
  row: ProgressRow,
  status: CampaignProgress['status'],
  { limitedBy }: LiveFacts,
): string | null {
  if (status === 'paused') return row.pause_reason;
  return status === 'processing' ? (limitedBy ?? null) : null;
}

function presentChannel(states: StateCounts) {
  return {
    success: states.sent,
    failure: states.failed,
    skipped: states.skipped,
    unknown: states.unknown,
    cancelled: states.cancelled,
  };
}
