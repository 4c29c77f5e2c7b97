import type { ChannelKind } from '@cloudphone/contracts';
import { type CampaignCounts, countsOfMirror } from './campaign-counts.ts';

/** The counters of a campaign that ends before anything was sent: whoever it was for is cancelled. */
export function countsOfUnsent(channels: readonly ChannelKind[], people: number): CampaignCounts {
  const { people: nobody, channels: none } = countsOfMirror([], channels, 0);
  const cancelled = (counts: typeof nobody) => ({ ...counts, cancelled: people });
  return {
    processed: people,
    people: cancelled(nobody),
    channels: Object.fromEntries(channels.map((kind) => [kind, cancelled(none[kind] ?? nobody)])),
  };
}
