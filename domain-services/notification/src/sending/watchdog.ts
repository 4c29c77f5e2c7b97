import type { RedisConnection } from '@cloudphone/redis';
import type { CancelTimer } from '@cloudphone/runtime';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { finishLeftovers } from './finish-campaign.ts';
import { followCampaign } from './follow-campaign.ts';
import { createProviderProbe } from './probe-providers.ts';
import type { Sending } from './sending.ts';
import type { SendingMetrics } from './sending-metrics.ts';
import { sweepDeliveries } from './sweep-deliveries.ts';

const INTERVAL_MS = 10_000;

export interface Watchdog {
  /** One look at every unfinished campaign; what fails is logged and looked at again next time. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Brings ledger and queue back to what PostgreSQL says of every unfinished campaign: every 10 s, and
 * as soon as Redis is there again. So nothing that crashed between two steps stays between them.
 * Campaigns that paused themselves go on when their provider is back. Several may run: each of its
 * steps may be repeated.
 */
export function startWatchdog(
  sending: Sending,
  options: { readonly redis: RedisConnection; readonly metrics: SendingMetrics },
): Watchdog {
  const { db, clock, logger } = sending;
  const { redis, metrics } = options;
  const probe = createProviderProbe(sending);
  let isClosed = false;
  let cancelTimer: CancelTimer = () => undefined;
  let looking: Promise<void> | undefined;

  const lookAfter = async (row: CampaignRow): Promise<void> => {
    try {
      await followCampaign(sending, row);
      await finishLeftovers(sending, row);
      await probe(row);
    } catch (err) {
      logger.warn({ err, batchId: row.batch_id }, 'a campaign could not be looked after');
    }
  };
  const lookOnce = async (): Promise<void> => {
    const rows = await db
      .selectFrom('campaigns')
      .selectAll()
      .where('result', 'is', null)
      .where('status', 'in', ['processing', 'paused', 'cancelled'])
      .orderBy('created_at')
      .execute();
    for (const row of rows) {
      if (isClosed) return;
      await lookAfter(row);
    }
    await sweepDeliveries(sending);
    await metrics.look(sending, rows.filter(({ pause_reason }) => pause_reason !== null).length);
  };
  const look = (): Promise<void> => {
    looking ??= lookOnce()
      .catch((err: unknown) => logger.warn({ err }, 'campaigns could not be looked after'))
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  const schedule = (): void => {
    if (isClosed) return;
    cancelTimer = clock.after(INTERVAL_MS, () => void look().then(schedule));
  };
  redis.onReady(() => {
    if (!isClosed) void look();
  });
  schedule();
  return {
    look,
    close: async () => {
      isClosed = true;
      cancelTimer();
      await looking;
    },
  };
}
