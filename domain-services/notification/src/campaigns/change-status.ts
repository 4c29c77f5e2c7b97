import { type CampaignStatus, type NewEvent, notificationCalls } from '@cloudphone/contracts';
import { notFound, stateConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import { asJson } from '../json-column.ts';
import type { NotificationTables } from '../schema.ts';
import { followCampaign } from '../sending/follow-campaign.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { countUnsent } from './frozen-skips.ts';
import { presentCampaign } from './present-campaign.ts';
import type { CampaignRow } from './present-progress.ts';
import { progressReply } from './progress-reply.ts';
import { readProgress } from './read-progress.ts';

interface StatusChange {
  readonly from: readonly CampaignStatus[];
  readonly to: 'paused' | 'processing' | 'cancelled';
  readonly event: 'campaign.paused' | 'campaign.resumed' | 'campaign.cancelled';
}

const PAUSE: StatusChange = { from: ['processing'], to: 'paused', event: 'campaign.paused' };
const RESUME: StatusChange = { from: ['paused'], to: 'processing', event: 'campaign.resumed' };
const CANCEL: StatusChange = {
  from: ['processing', 'paused', 'preparing', 'scheduled', 'awaiting_approval'],
  to: 'cancelled',
  event: 'campaign.cancelled',
};

export function pauseCampaignRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.pauseCampaign, ({ params }) =>
    changeStatus(params.batchId, PAUSE, tools),
  );
}

export function resumeCampaignRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.resumeCampaign, ({ params }) =>
    changeStatus(params.batchId, RESUME, tools),
  );
}

export function cancelCampaignRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.cancelCampaign, ({ params }) =>
    changeStatus(params.batchId, CANCEL, tools),
  );
}

/**
 * PostgreSQL decides, with a new epoch; the ledger follows, at once or by the watchdog. Asking for
 * what is the case already changes nothing; a campaign that has ended refuses.
 */
async function changeStatus(batchId: string, change: StatusChange, tools: CampaignTools) {
  const { writer, clock, sending, logger } = tools;
  const { result: row, eventIds } = await writer.write(async (tx) => {
    const before = await tx
      .selectFrom('campaigns')
      .selectAll()
      .where('batch_id', '=', batchId)
      .forUpdate()
      .executeTakeFirst();
    if (before === undefined) throw notFound('campaign', batchId);
    // The ledger may have finished a moment before its row says so.
    const { status } = await readProgress(before, tools);
    // A person's word stands where its own would have ended by itself.
    const isOwnPause = status === 'paused' && before.pause_reason !== null;
    if (status === change.to && !isOwnPause) return unchanged(before);
    if (status !== change.to && !change.from.includes(status)) {
      throw stateConflict('campaign', batchId, `It is ${status}.`);
    }
    const after = await tx
      .updateTable('campaigns')
      .set({
        ...(hasBegun(before) ? {} : await endUnsent(tx, before, new Date(clock.now()))),
        status: change.to,
        epoch: before.epoch + 1,
        pause_reason: null,
      })
      .where('batch_id', '=', batchId)
      .returningAll()
      .executeTakeFirstOrThrow();
    const event: NewEvent = {
      type: change.event,
      data: presentCampaign(after, new Date(clock.now())),
    };
    return { result: after, events: [event] };
  });
  await followCampaign(sending, row).catch((err: unknown) =>
    logger.warn({ err, batchId }, 'a campaign follows its new status later'),
  );
  return { ...progressReply(await readProgress(row, tools), clock), eventIds };
}

function hasBegun({ status }: CampaignRow): boolean {
  return status === 'processing' || status === 'paused';
}

/** Nothing was sent and no ledger opened: its counters are final at once. */
async function endUnsent(tx: Transaction<NotificationTables>, row: CampaignRow, now: Date) {
  const result = asJson(await countUnsent(tx, row));
  return { completed_at: now, result };
}
