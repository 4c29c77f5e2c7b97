import { isAppError } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import type { Transaction } from '@cloudphone/postgres';
import { asJson } from '../json-column.ts';
import type { NotificationTables } from '../schema.ts';
import { followCampaign } from '../sending/follow-campaign.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { checkCampaign } from './check-campaign.ts';
import { failCampaign, skipCampaign } from './fail-campaign.ts';
import { freezeNamed } from './open-campaign.ts';
import { prepareCampaign } from './prepare-campaign.ts';
import { presentCampaign } from './present-campaign.ts';
import type { CampaignRow } from './present-progress.ts';
import { begin } from './settle-frozen.ts';

/** An occurrence that is later than this was missed. */
const MISSED_AFTER_MS = 300_000;

/**
 * Begins campaigns whose time has come, and prepares those whose audience is still sought. Any number
 * of processes may do this at once: each campaign is begun by one of them.
 */
export async function beginCampaigns(tools: CampaignTools): Promise<void> {
  for (const row of await findDue(tools)) {
    await attempt(row, tools, () => beginOne(row, tools));
  }
  const preparing = await tools.db
    .selectFrom('campaigns')
    .selectAll()
    .where('status', '=', 'preparing')
    .orderBy('created_at')
    .execute();
  for (const row of preparing) {
    await attempt(row, tools, () => prepareCampaign(row.batch_id, tools));
  }
}

function findDue({ db, clock }: CampaignTools): Promise<CampaignRow[]> {
  return db
    .selectFrom('campaigns')
    .selectAll()
    .where('status', '=', 'scheduled')
    .where('starts_at', '<=', new Date(clock.now()))
    .orderBy('starts_at')
    .execute();
}

/** What fails is looked at again next time. */
async function attempt(
  { batch_id: batchId }: CampaignRow,
  { logger }: CampaignTools,
  run: () => Promise<void>,
): Promise<void> {
  await run().catch((err: unknown) => logger.warn({ err, batchId }, 'a campaign begins later'));
}

async function beginOne(row: CampaignRow, tools: CampaignTools): Promise<void> {
  const { writer, clock, approvalAbove, sending } = tools;
  const nowMs = clock.now();
  const schedule = await findSchedule(row, tools);
  const lateMs = nowMs - (row.starts_at?.getTime() ?? nowMs);
  if (schedule?.missed === 'skip' && lateMs > MISSED_AFTER_MS) {
    return skipCampaign(row, 'Nobody was there to begin it at its time.', tools);
  }
  const content = schedule?.campaign;
  const checked =
    content === undefined
      ? undefined
      : await checkCampaign({ content, schedule: 'now' }, { ...tools, nowMs }).catch(
          async (err: unknown) => {
            if (!isAppError(err, 'invalid_input')) throw err;
            await failCampaign(row, describe(err.issues), tools);
            return 'failed' as const;
          },
        );
  if (checked === 'failed') return;
  const { result } = await writer.write<CampaignRow | undefined>(async (tx) => {
    const current = await lockScheduled(tx, row.batch_id);
    if (current === undefined) return unchanged(undefined);
    if (current.frozen_at !== null) {
      const begun = await begin(tx, current, { nowMs, approvalAbove });
      return { result: begun.row, events: [begun.event] };
    }
    const preparing = await tx
      .updateTable('campaigns')
      .set({
        status: 'preparing',
        ...(checked === undefined
          ? {}
          : {
              template_id: checked.template.id,
              template_version: checked.template.version,
              audience: asJson(checked.audience),
            }),
      })
      .where('batch_id', '=', row.batch_id)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (checked?.userIds !== undefined) {
      const given = { nowMs, approvalAbove };
      const frozen = await freezeNamed(tx, preparing, checked.userIds, given);
      return { result: frozen.row, events: [frozen.event] };
    }
    const data = presentCampaign(preparing, new Date(nowMs));
    return { result: preparing, events: [{ type: 'campaign.preparing', data }] };
  });
  if (result?.status === 'processing') await followCampaign(sending, result);
}

/** What an occurrence sends is what its schedule says when it begins. */
async function findSchedule({ schedule_id: id }: CampaignRow, { db }: CampaignTools) {
  if (id === null) return undefined;
  return db.selectFrom('schedules').selectAll().where('id', '=', id).executeTakeFirst();
}

async function lockScheduled(
  tx: Transaction<NotificationTables>,
  batchId: string,
): Promise<CampaignRow | undefined> {
  return tx
    .selectFrom('campaigns')
    .selectAll()
    .where('batch_id', '=', batchId)
    .where('status', '=', 'scheduled')
    .forUpdate()
    .executeTakeFirst();
}

function describe(issues: readonly { readonly path: string; readonly message: string }[]): string {
  const told = issues.map(({ path, message }) => `${path.replace('body.', '')} ${message}`);
  return told.join('; ').slice(0, 500);
}
