import type { RedisConnection } from '../connection.ts';
import { defineCommand } from '../define-command.ts';
import { keys } from '../keys.ts';
import holdBackScript from './hold-back.lua';
import takeScript from './take-from-buckets.lua';

const take = defineCommand(takeScript);
const hold = defineCommand(holdBackScript, 1);

/** A limit that all processes keep together: `limit` units in any `perMs`. */
export interface Bucket {
  readonly name: string;
  readonly limit: number;
  readonly perMs: number;
  /** The most units that one message may cost; 1 unless told. */
  readonly maxCost?: number;
}

export interface Taken {
  readonly granted: number;
  /** Until more may be had; 0 when all was granted. */
  readonly waitMs: number;
  /** The bucket that allowed least; undefined when all was granted. */
  readonly limitedBy: string | undefined;
}

/**
 * Takes up to `wanted` units of every bucket at once, or as many as the tightest of them allows.
 * Whatever is granted, no window of `perMs` ever holds more than a bucket's `limit`: what may come at
 * once (some 3 %) is taken off the steady rate. `isUrgent` may use what is kept back of each bucket,
 * so it comes before everybody who waits. One round trip, on Redis's clock; rejects as the connection
 * does.
 */
export async function takeFromBuckets(
  redis: RedisConnection,
  request: {
    readonly wanted: number;
    readonly isUrgent: boolean;
    readonly buckets: readonly Bucket[];
  },
): Promise<Taken> {
  const { wanted, isUrgent, buckets } = request;
  if (buckets.length === 0) return { granted: wanted, waitMs: 0, limitedBy: undefined };
  const paces = buckets.map(paceOf);
  const answer = await take(
    redis.client,
    buckets.map(({ name }) => keys.sendingLimit(name)),
    [
      wanted,
      ...paces.flatMap(({ eachUs, burst, reserve }) => [
        eachUs,
        burst - 1 - (isUrgent ? 0 : reserve),
      ]),
    ],
  );
  const [granted = 0, waitMs = 0, tightest = 0] = answer as number[];
  return { granted, waitMs, limitedBy: buckets[tightest - 1]?.name };
}

/** Grants nothing of a bucket for `forMs`, to nobody; a longer wait that is under way stays. */
export async function holdBack(
  redis: RedisConnection,
  bucket: Bucket,
  forMs: number,
): Promise<void> {
  const { eachUs, burst } = paceOf(bucket);
  await hold(redis.client, [keys.sendingLimit(bucket.name)], [Math.ceil(forMs), burst * eachUs]);
}

/** Below this a limit leaves no room for a burst: one unit at a time, evenly spread. */
const SMALLEST_WITH_BURST = 20;
const BURST_SHARE = 0.03;

/**
 * A window holds at most what its steady rate brings and what may come at once besides: so
 * `rate * perMs + (burst - 1) = limit`.
 */
function paceOf({ limit, perMs, maxCost = 1 }: Bucket): {
  readonly eachUs: number;
  readonly burst: number;
  readonly reserve: number;
} {
  const share = limit < SMALLEST_WITH_BURST ? 1 : Math.floor(limit * BURST_SHARE) + 1;
  const reserve = share > 1 ? Math.ceil(share / 4) : 0;
  const burst = Math.max(1, Math.min(limit, Math.max(share, maxCost + reserve)));
  return {
    eachUs: (perMs * 1_000) / (limit - (burst - 1)),
    burst,
    reserve: Math.min(reserve, burst - 1),
  };
}
