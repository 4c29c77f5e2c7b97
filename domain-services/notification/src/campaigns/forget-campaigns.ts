import type { NewEvent } from '@cloudphone/contracts';
import { unchanged } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import type { CampaignTools } from './campaign-tools.ts';
import { presentCampaign } from './present-campaign.ts';

const KEPT_MS = 90 * 86_400_000;
/** Each takes its recipients with it. */
const CAMPAIGNS_AT_ONCE = 5;

type Tools = Pick<CampaignTools, 'writer' | 'postgres' | 'clock'>;

/** Campaigns that ended more than ninety days ago, with their keys; keys of what was taken back. */
export async function forgetCampaigns(tools: Tools): Promise<void> {
  while ((await forgetSome(tools)) === CAMPAIGNS_AT_ONCE) {}
  await forgetStrayKeys(tools);
}

async function forgetSome({ writer, clock }: Tools): Promise<number> {
  const now = new Date(clock.now());
  const { result } = await writer.write(async (tx) => {
    const forgotten = await tx
      .deleteFrom('campaigns')
      .where(
        'batch_id',
        'in',
        tx
          .selectFrom('campaigns')
          .select('batch_id')
          .where('completed_at', '<', new Date(now.getTime() - KEPT_MS))
          .where('result', 'is not', null)
          .limit(CAMPAIGNS_AT_ONCE)
          .forUpdate()
          .skipLocked(),
      )
      .returningAll()
      .execute();
    const ids = forgotten.map((row) => row.batch_id);
    await tx
      .deleteFrom('campaign_keys')
      .where('batch_id', '=', sql<string>`any(${ids}::uuid[])`)
      .execute();
    const events = forgotten.map(
      (row): NewEvent => ({ type: 'campaign.forgotten', data: presentCampaign(row, now) }),
    );
    const [first, ...rest] = events;
    if (first === undefined) return unchanged(0);
    return { result: events.length, events: [first, ...rest] };
  });
  return result;
}

/** A key whose campaign or schedule is still there is what keeps a repeat from making another. */
async function forgetStrayKeys({ postgres, clock }: Tools): Promise<void> {
  await sql`
    delete from campaign_keys as keyed
    where created_at < ${new Date(clock.now() - KEPT_MS)}
      and not exists (select from campaigns where batch_id = keyed.batch_id)
      and not exists (select from schedules where id = keyed.batch_id)`.execute(postgres.db);
}
