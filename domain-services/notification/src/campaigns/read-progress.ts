import type { CampaignProgress } from '@cloudphone/contracts';
import type { ReadOnlyDb } from '@cloudphone/domain-service';
import type { CampaignLedger, LedgerProgress } from '@cloudphone/redis';
import type { Logger } from '@cloudphone/runtime';
import type { NotificationTables } from '../schema.ts';
import { countsOfLedger, countsOfMirror } from './campaign-counts.ts';
import { type CampaignRow, presentProgress } from './present-progress.ts';

export interface ProgressSources {
  readonly db: ReadOnlyDb<NotificationTables>;
  readonly ledger: CampaignLedger;
  readonly logger: Logger;
}

/**
 * A campaign's progress at constant cost: final counters from its row, running ones from its ledger.
 * When the ledger is gone or Redis is away, what PostgreSQL has mirrored is counted instead: late by
 * the chunks at hand, never wrong about the past.
 */
export async function readProgress(
  row: CampaignRow,
  sources: ProgressSources,
): Promise<CampaignProgress> {
  if (row.result !== null) return presentProgress(row, row.result);
  const live = await findLiveProgress(row, sources);
  if (live !== undefined) return presentProgress(row, countsOfLedger(live, row.channels), live);
  const mirrored = await sources.db
    .selectFrom('deliveries')
    .select(['chunk', 'channel', 'states'])
    .where('batch_id', '=', row.batch_id)
    .where('states', 'is not', null)
    .$narrowType<{ states: Buffer }>()
    .execute();
  return presentProgress(row, countsOfMirror(mirrored, row.channels, row.total_users));
}

async function findLiveProgress(
  row: CampaignRow,
  { ledger, logger }: ProgressSources,
): Promise<LedgerProgress | undefined> {
  try {
    const live = await ledger.readProgress(row.batch_id);
    // Without a run it is being told what was lost; until then the mirror knows more.
    return live?.run === undefined ? undefined : live;
  } catch (err) {
    logger.warn({ err, batchId: row.batch_id }, 'progress is counted from the mirror');
    return undefined;
  }
}
