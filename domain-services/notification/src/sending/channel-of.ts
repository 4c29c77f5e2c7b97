import type { ChannelKind } from '@cloudphone/contracts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { Channel } from '../channels/channel.ts';
import { createNullChannel } from './null-channel.ts';
import type { Sending } from './sending.ts';

/** What a campaign is sent through: a dry run through nothing. Throws when it is not configured. */
export function channelOf(
  { channels }: Pick<Sending, 'channels'>,
  row: Pick<CampaignRow, 'is_dry_run'>,
  kind: ChannelKind,
): Channel {
  if (row.is_dry_run) return createNullChannel(kind);
  const channel = channels[kind];
  if (channel === undefined) throw new Error(`the ${kind} channel is not configured here`);
  return channel;
}
