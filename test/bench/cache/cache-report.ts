import { type Spread, spreadOf } from '../statistics.ts';
import { textTable, whole } from '../text-table.ts';
import type { CacheBench } from './cache-bench.ts';
import { AIMS, moreForManyTags } from './cache-verdict.ts';

export function presentCache({ peeks, misses, cold, memory, invalidation }: CacheBench): string {
  const { dependants, times, redisMs, bytesBefore, bytesAfter, entryBytes, frameBytes } =
    invalidation;
  const change = bytesAfter - bytesBefore;
  return [
    `Validated look-ups in memory, in a second of processor time (aimed at: ${whole(AIMS.lookUpsPerSecond)} in a silent log)`,
    textTable([
      ['', 'events/s', 'median', 'from', 'to'],
      ...peeks.map(({ name, tags, eventsPerSecond, samples }) => [
        `${name}, ${tags === 1 ? '1 tag' : `${tags} tags`}`,
        whole(eventsPerSecond),
        ...spreadCells(spreadOf(samples), whole),
      ]),
    ]),
    `Ours with 50 tags takes ${presentParts(moreForManyTags(peeks))} more than with one in a silent log (at most: ${percent(AIMS.moreForManyTags)}).`,
    '',
    `A miss, beyond what its calls take (24 ms in a chain), ms (aimed at: ${AIMS.missOverheadMs})`,
    textTable([
      ['', 'p50', 'p99'],
      ...misses.map(({ name, overheadMs: { p50, p99 } }) => [name, p50.toFixed(2), p99.toFixed(2)]),
    ]),
    '',
    `A hundred cold clients over two processes: compositions (aimed at: ${AIMS.compositions})`,
    textTable([
      ['', 'median', 'from', 'to'],
      ...cold.map(({ name, compositions }) => [name, ...spreadCells(compositions, whole)]),
    ]),
    '',
    `An entry with a body of ${whole(memory.bodyBytes)} bytes and 5 tags weighs ${whole(memory.heapBytes + memory.bufferBytes)} bytes in memory ` +
      `(${whole(memory.heapBytes)} heap, ${whole(memory.bufferBytes)} buffers; counted as ${whole(memory.countedBytes)}) ` +
      `and ${whole(entryBytes)} in Redis (${whole(frameBytes)} stored).`,
    `Invalidating one tag with ${whole(dependants)} dependants takes Redis ${redisMs.median.toFixed(3)} ms ` +
      `(${redisMs.min.toFixed(3)}–${redisMs.max.toFixed(3)}; aimed at: less than ${AIMS.invalidationMs}); its memory: ${whole(bytesBefore)} bytes before, ` +
      `${change < 0 ? '' : '+'}${whole(change)} after ${times} of them.`,
  ].join('\n');
}

const spreadCells = ({ median, min, max }: Spread, present: (value: number) => string) =>
  [median, min, max].map(present);

const percent = (part: number): string => `${Math.round(part * 100)} %`;

const presentParts = ({ median, min, max }: Spread): string =>
  `${percent(median)} (${percent(min)} to ${percent(max)})`;
