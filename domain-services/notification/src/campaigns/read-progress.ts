import type { CampaignProgress } from '@cloudphone/contracts';
import type { ReadOnlyDb } from '@cloudphone/domain-service';
import type { CampaignLedger, LedgerProgress } from '@cloudphone/redis';
import type { Clock, Logger } from '@cloudphone/runtime';
import type { NotificationTables } from '../schema.ts';
import { countsOfLedger, countsOfMirror } from './campaign-counts.ts';
import { countMirrored } from './count-mirrored.ts';
import type { PaceMeter } from './pace-meter.ts';
import { type LiveFacts, type ProgressRow, presentProgress } from './present-progress.ts';
import type { ToldProgress } from './told-progress.ts';

export interface ProgressSources {
  readonly db: ReadOnlyDb<NotificationTables>;
  readonly ledger: CampaignLedger;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Told what every look sees; absent: the ledger's own pace is taken. */
  readonly pace?: PaceMeter;
  /** Absent: answers may go back. */
  readonly told?: ToldProgress;
}

/**
 * A campaign's progress at constant cost: final counters from its row, running ones from its ledger.
 * When the ledger is gone or Redis is away, what PostgreSQL has mirrored is counted instead, at the
 * cost of a pass over it; never told is less than was told before.
 */
export async function readProgress(
  row: ProgressRow,
  sources: ProgressSources,
  /** A look at the ledger that began with the row's. Awaited only where the ledger is needed. */
  glance?: Promise<LedgerProgress | undefined>,
): Promise<CampaignProgress> {
  if (row.result !== null) return presentProgress(row, row.result);
  if (row.started_at === null) {
    return presentProgress(row, row.frozen_counts ?? countsOfMirror([], row.channels, 0));
  }
  const live = await findLiveProgress(row, sources, glance);
  const facts = live === undefined ? {} : factsOf(row, live, sources);
  const counts =
    live === undefined ? await countMirrored(sources.db, row) : countsOfLedger(live, row.channels);
  const seen = { counts, finishedAtMs: live?.finishedAtMs };
  const told = sources.told?.furthest(row, seen) ?? seen;
  return presentProgress(row, told.counts, { ...facts, finishedAtMs: told.finishedAtMs });
}

function factsOf(
  row: ProgressRow,
  live: LedgerProgress,
  sources: ProgressSources,
): Omit<LiveFacts, 'finishedAtMs'> {
  const { batch_id: batchId, epoch } = row;
  const seen = sources.pace?.note({ batchId, epoch, processed: live.processed });
  const isLimited = (live.limit?.untilMs ?? 0) > sources.clock.now();
  return {
    pacePerSecond: seen ?? live.pacePerSecond,
    limitedBy: isLimited ? live.limit?.name : undefined,
  };
}

/**
 * Without a run a ledger is being told what was lost, and one of an earlier round is about to be
 * replaced: until then the mirror knows more.
 */
function fits({ round }: ProgressRow, live: LedgerProgress | undefined): live is LedgerProgress {
  return live?.run !== undefined && live.round === round;
}

async function findLiveProgress(
  row: ProgressRow,
  { ledger, logger }: ProgressSources,
  glance: Promise<LedgerProgress | undefined> | undefined,
): Promise<LedgerProgress | undefined> {
  try {
    const early = await glance;
    if (fits(row, early)) return early;
    const live = await ledger.readProgress(row.batch_id);
    return fits(row, live) ? live : undefined;
  } catch (err) {
    logger.warn({ err, batchId: row.batch_id }, 'progress is counted from the mirror');
    return undefined;
  }
}
