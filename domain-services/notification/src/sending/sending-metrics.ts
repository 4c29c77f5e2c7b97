import type { ChannelKind } from '@cloudphone/contracts';
import type { CommittedRecipient } from '@cloudphone/redis';
import { type Metrics, SECONDS_BUCKETS } from '@cloudphone/runtime';
import type { Lane } from './chunk-job.ts';
import type { Sending } from './sending.ts';

/** What a worker tells of its sending. */
export interface SendingMetrics {
  claimed(channel: ChannelKind, tookMs: number): void;
  committed(channel: ChannelKind, recipients: readonly CommittedRecipient[]): void;
  providerAway(channel: ChannelKind): void;
  /** Once for each look of the watchdog: depth and oldest job of the lanes, campaigns that paused themselves. */
  look(sending: Pick<Sending, 'lanes'>, selfPaused: number): Promise<void>;
}

export function createSendingMetrics(metrics: Metrics): SendingMetrics {
  const deliveries = metrics.counter({
    name: 'cloudphone_deliveries_total',
    help: 'Attempts of deliveries, by channel and by what they came to.',
    labels: ['channel', 'state'],
  });
  const claims = metrics.histogram({
    name: 'cloudphone_claim_seconds',
    help: 'How long claiming a group took, the commit of the one before included.',
    labels: ['channel'],
    buckets: SECONDS_BUCKETS,
  });
  const away = metrics.counter({
    name: 'cloudphone_provider_away_total',
    help: 'How often a provider was taken to be away.',
    labels: ['channel'],
  });
  const jobs = metrics.gauge({
    name: 'cloudphone_campaign_jobs',
    help: 'Chunks in a lane, by what they do.',
    labels: ['lane', 'state'],
  });
  const oldest = metrics.gauge({
    name: 'cloudphone_campaign_oldest_waiting_seconds',
    help: 'How long the chunk that has waited longest in a lane has waited.',
    labels: ['lane'],
  });
  const paused = metrics.gauge({
    name: 'cloudphone_campaigns_paused_by_themselves',
    help: 'Campaigns that wait for a provider that is away.',
  });
  return {
    claimed: (channel, tookMs) => claims(tookMs / 1_000, { channel }),
    committed: (channel, recipients) => {
      const counts = new Map<string, number>();
      for (const { state } of recipients) counts.set(state, (counts.get(state) ?? 0) + 1);
      for (const [state, count] of counts) deliveries({ channel, state }, count);
    },
    providerAway: (channel) => away({ channel }),
    look: async ({ lanes }, selfPaused) => {
      paused(selfPaused);
      for (const lane of Object.keys(lanes) as Lane[]) {
        const { oldestWaitingMs, ...counts } = await lanes[lane].count();
        for (const [state, count] of Object.entries(counts)) jobs(count, { lane, state });
        oldest(oldestWaitingMs / 1_000, { lane });
      }
    },
  };
}
