import type { JobTools } from '@cloudphone/bff';
import { type CampaignProgress, parseChannel } from '@cloudphone/contracts';
import { takeTurn } from '@cloudphone/redis';

const EVERY_MS = 250;
const ENDED: readonly CampaignProgress['status'][] = ['completed', 'cancelled', 'failed'];

/**
 * Live progress: while somebody watches `campaign:<batchId>`, one node (a lease in Redis) reads the
 * campaign at most four times a second and sends all nodes' watchers one snapshot, with a number
 * that only rises. Ephemeral: what is lost is told again by the next one, and the polling API knows.
 */
export function watchCampaigns({ services, realtime, redis, logger, lifecycle }: JobTools): void {
  const watched = new Map<string, string>();
  let isAsking = false;

  const tell = async (batchId: string, channel: string): Promise<void> => {
    const number = await takeTurn(redis, { name: channel, forMs: EVERY_MS - 20 });
    if (number === undefined) return;
    const progress = await services.notification.getCampaign({ params: { batchId } });
    realtime.signal(channel, 'campaign.progress', { ...progress, number });
    if (ENDED.includes(progress.status)) watched.delete(channel);
  };

  const tellAll = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    for (const [channel, batchId] of watched) {
      if (!realtime.hasMembers(channel)) watched.delete(channel);
      else {
        await tell(batchId, channel).catch((err: unknown) =>
          logger.debug({ err, batchId }, 'a snapshot of a campaign is skipped'),
        );
      }
    }
    isAsking = false;
  };

  realtime.onSubscribed((channel) => {
    const name = parseChannel(channel);
    if (name?.kind === 'campaign') watched.set(channel, name.id);
  });
  const timer = setInterval(() => void tellAll(), EVERY_MS);
  lifecycle.onClose('campaign watch', () => clearInterval(timer));
}
