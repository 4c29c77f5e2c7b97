import { type Bucket, holdBack, type Taken, takeFromBuckets } from '@cloudphone/redis';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { Channel } from '../channels/channel.ts';
import { createLines, type Lines } from './lines.ts';
import type { Sending } from './sending.ts';

/** How fast one campaign may send through one channel; undefined: as fast as it can. */
export interface Pace {
  /** Leave to send up to `wanted` messages of one unit each. */
  take(wanted: number): Promise<Taken>;
  /** Leave for what messages cost beyond one unit each. */
  takeMore(units: number): Promise<Taken>;
  /** The provider asked for less: nobody is granted anything for a while. */
  holdBack(forMs: number): Promise<void>;
  /** After whoever in this process came before and is held by the same limits. */
  inLine<Result>(run: () => Promise<Result>): Promise<Result>;
}

type PacedCampaign = Pick<CampaignRow, 'batch_id' | 'priority' | 'rate_per_second' | 'is_dry_run'>;

/** The name of a campaign's own cap, as its progress shows it. */
const OWN_RATE = 'rate';

/** The paces of one process. Limits are kept with all others, in Redis. */
export function createPaces({
  redis,
}: Pick<Sending, 'redis'>): (row: PacedCampaign, channel: Channel) => Pace | undefined {
  const inLineFor = createLines();
  return (row, channel) => paceOf({ redis, inLineFor }, row, channel);
}

function paceOf(
  { redis, inLineFor }: Pick<Sending, 'redis'> & { readonly inLineFor: Lines },
  row: PacedCampaign,
  channel: Channel,
): Pace | undefined {
  const isUrgent = row.priority === 'urgent';
  const provider = providerBucket(channel);
  const own: Bucket | undefined =
    row.rate_per_second === null
      ? undefined
      : { name: `campaign:${row.batch_id}`, limit: row.rate_per_second, perMs: 1_000 };
  const buckets = [provider, own].filter((bucket) => bucket !== undefined);
  if (buckets.length === 0) return undefined;
  const take = async (wanted: number, from: readonly Bucket[]): Promise<Taken> => {
    const taken = await takeFromBuckets(redis, { wanted, isUrgent, buckets: from });
    return taken.limitedBy === own?.name && own !== undefined
      ? { ...taken, limitedBy: OWN_RATE }
      : taken;
  };
  return {
    take: (wanted) => take(wanted, buckets),
    takeMore: (units) => take(units, provider === undefined ? [] : [provider]),
    holdBack: async (forMs) => {
      if (provider !== undefined) await holdBack(redis, provider, forMs);
    },
    inLine: (run) => inLineFor([row.priority, ...buckets.map(({ name }) => name)].join(' '), run),
  };
}

function providerBucket({ kind, provider, limit }: Channel): Bucket | undefined {
  if (limit === undefined) return undefined;
  const { perSecond, maxUnits } = limit;
  const name = `${kind} provider ${provider}`;
  return { name, limit: perSecond, perMs: 1_000, ...(maxUnits && { maxCost: maxUnits }) };
}
