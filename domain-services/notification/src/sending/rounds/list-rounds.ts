import type { ReadOnlyDb } from '@cloudphone/domain-service';
import type { CampaignCounts } from '../../campaigns/campaign-counts.ts';
import type { CampaignRoundTable, NotificationTables } from '../../schema.ts';
import { addCounts } from './add-counts.ts';

/** One replay of a campaign, and what it changed. */
export interface CampaignRound {
  readonly round: number;
  readonly kind: CampaignRoundTable['kind'];
  readonly reopened: number;
  readonly openedAt: Date;
  readonly finishedAt: Date | null;
  /** After less before; undefined while it runs. */
  readonly changed: CampaignCounts | undefined;
}

/** The rounds after the first, in their order. */
export async function listRounds(
  db: ReadOnlyDb<NotificationTables>,
  batchId: string,
): Promise<readonly CampaignRound[]> {
  const rows = await db
    .selectFrom('campaign_rounds')
    .selectAll()
    .where('batch_id', '=', batchId)
    .orderBy('round')
    .execute();
  return rows.map(({ round, kind, reopened, opened_at, finished_at, before, result }) => ({
    round,
    kind,
    reopened,
    openedAt: opened_at,
    finishedAt: finished_at,
    changed: result === null ? undefined : addCounts(result, before, -1),
  }));
}
