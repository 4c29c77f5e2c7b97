import { type Spread, spreadOf } from '../statistics.ts';
import { whole } from '../text-table.ts';
import type { CacheBench } from './cache-bench.ts';
import type { InvalidationCost } from './invalidation-cost.ts';
import type { MemoryPerEntry } from './memory-per-entry.ts';
import type { PeekRow } from './peek-rate.ts';

/** What is aimed at. Look-ups are counted in processor time; the others are medians. */
export const AIMS = {
  lookUpsPerSecond: 1_000_000,
  /** What fifty tags may cost more than one, in a silent log. */
  moreForManyTags: 0.1,
  missOverheadMs: 2,
  compositions: 1,
  invalidationMs: 1,
  /** Of Redis, for each invalidation: a row of the log and what its clients hold, nothing for each dependant. */
  invalidationBytes: 4_096,
  /** What an entry may weigh beyond what the budget counts. */
  uncountedPart: 0.25,
} as const;

/** What was not as it should be; nothing when all was. */
export function problemsOfCache(measured: CacheBench): string[] {
  const { peeks, misses, cold, memory, invalidation } = measured;
  const missMs = misses.find(isOurs)?.overheadMs.p50 ?? Number.NaN;
  const popularMissMs = misses.find((row) => !isOurs(row))?.overheadMs.p50;
  const compositions = cold.find(isOurs)?.compositions.max;
  return [
    ...problemsOfPeeks(peeks),
    ...problem(
      missMs <= AIMS.missOverheadMs,
      `a miss took ${missMs.toFixed(2)} ms beyond its calls, not ${AIMS.missOverheadMs} (bentocache beside it: ${popularMissMs?.toFixed(2)})`,
    ),
    ...problem(
      compositions === AIMS.compositions,
      `a hundred cold clients made ${compositions} compositions, not ${AIMS.compositions}`,
    ),
    ...problemsOfMemory(memory),
    ...problemsOfInvalidation(invalidation),
  ];
}

/** Fifty tags against one, round by round, in a silent log: what they take more. */
export function moreForManyTags(peeks: readonly PeekRow[]): Spread {
  const [few, many] = [1, 50].map((tags) =>
    peeks.find((row) => isOurs(row) && row.tags === tags && row.eventsPerSecond === 0),
  );
  const ratios = (few?.samples ?? []).map((perSecond, round) => {
    return perSecond / (many?.samples[round] ?? Number.NaN) - 1;
  });
  return spreadOf(ratios);
}

function problemsOfPeeks(peeks: readonly PeekRow[]): string[] {
  const slow = peeks.filter(
    (row) =>
      isOurs(row) &&
      row.eventsPerSecond === 0 &&
      spreadOf(row.samples).median < AIMS.lookUpsPerSecond,
  );
  const more = moreForManyTags(peeks).median;
  return [
    ...slow.flatMap(({ tags, samples }) =>
      problem(
        false,
        `${whole(spreadOf(samples).median)} look-ups a second with ${tags === 1 ? `one tag` : `${tags} tags`}, not ${whole(AIMS.lookUpsPerSecond)}`,
      ),
    ),
    ...problem(
      more <= AIMS.moreForManyTags,
      `a look-up with 50 tags took ${Math.round(more * 100)} % more than with one`,
    ),
  ];
}

function problemsOfMemory({ heapBytes, bufferBytes, countedBytes }: MemoryPerEntry): string[] {
  const weight = heapBytes + bufferBytes;
  return problem(
    weight <= countedBytes * (1 + AIMS.uncountedPart),
    `an entry weighs ${whole(weight)} bytes and is counted as ${whole(countedBytes)}`,
  );
}

function problemsOfInvalidation(cost: InvalidationCost): string[] {
  const { redisMs, times, bytesBefore, bytesAfter, reloaded, sampled } = cost;
  const grown = (bytesAfter - bytesBefore) / times;
  return [
    ...problem(
      redisMs.median < AIMS.invalidationMs,
      `an invalidation took Redis ${redisMs.median.toFixed(3)} ms, not less than ${AIMS.invalidationMs}`,
    ),
    ...problem(
      grown <= AIMS.invalidationBytes,
      `Redis grew by ${whole(grown)} bytes with each invalidation`,
    ),
    ...problem(
      reloaded === sampled,
      `${sampled - reloaded} of ${sampled} dependants outlived their tag`,
    ),
  ];
}

const isOurs = ({ name }: { readonly name: string }): boolean => name.startsWith('ours');

const problem = (isFine: boolean, text: string): string[] => (isFine ? [] : [`cache: ${text}`]);
