import type { ChannelKind } from '@cloudphone/contracts';
import { RECIPIENT_STATES, type StateCounts } from '@cloudphone/redis';
import type { CampaignCounts } from '../../campaigns/campaign-counts.ts';

/** One count and `times` another, member by member: what one round changed is after less before. */
export function addCounts(
  one: CampaignCounts,
  other: CampaignCounts,
  times: number,
): CampaignCounts {
  const kinds = Object.keys(one.channels) as ChannelKind[];
  return {
    processed: one.processed + times * other.processed,
    people: addStates(one.people, other.people, times),
    channels: Object.fromEntries(
      kinds.map((kind) => [kind, addStates(one.channels[kind], other.channels[kind], times)]),
    ),
  };
}

function addStates(
  one: StateCounts | undefined,
  other: StateCounts | undefined,
  times: number,
): StateCounts {
  const sums = RECIPIENT_STATES.map((state) => [
    state,
    (one?.[state] ?? 0) + times * (other?.[state] ?? 0),
  ]);
  return Object.fromEntries(sums) as StateCounts;
}
