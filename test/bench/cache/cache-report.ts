import type { Spread } from '../statistics.ts';
import { textTable, whole } from '../text-table.ts';
import type { CacheBench } from './cache-bench.ts';

export function presentCache({ peeks, misses, cold, memory, invalidation }: CacheBench): string {
  const { dependants, redisMs, bytesBefore, bytesAfter, entryBytes, frameBytes } = invalidation;
  const change = bytesAfter - bytesBefore;
  return [
    'Validated look-ups in memory, in a second of processor time',
    textTable([
      ['', 'events/s', 'median', 'from', 'to'],
      ...peeks.map(({ name, eventsPerSecond, perSecond }) => [
        name,
        whole(eventsPerSecond),
        ...spreadCells(perSecond, whole),
      ]),
    ]),
    '',
    'A miss, beyond what its calls take (24 ms in a chain), ms',
    textTable([
      ['', 'p50', 'p99'],
      ...misses.map(({ name, overheadMs: { p50, p99 } }) => [name, p50.toFixed(2), p99.toFixed(2)]),
    ]),
    '',
    'A hundred cold clients over two processes: compositions',
    textTable([
      ['', 'median', 'from', 'to'],
      ...cold.map(({ name, compositions }) => [name, ...spreadCells(compositions, whole)]),
    ]),
    '',
    `An entry with a body of ${whole(memory.bodyBytes)} bytes and 5 tags weighs ${whole(memory.heapBytes + memory.bufferBytes)} bytes in memory ` +
      `(${whole(memory.heapBytes)} heap, ${whole(memory.bufferBytes)} buffers; counted as ${whole(memory.countedBytes)}) ` +
      `and ${whole(entryBytes)} in Redis (${whole(frameBytes)} stored).`,
    `Invalidating one tag with ${whole(dependants)} dependants takes Redis ${redisMs.median.toFixed(3)} ms ` +
      `(${redisMs.min.toFixed(3)}–${redisMs.max.toFixed(3)}); its memory: ${whole(bytesBefore)} bytes before, ` +
      `${change < 0 ? '' : '+'}${whole(change)} after 50 of them.`,
  ].join('\n');
}

const spreadCells = ({ median, min, max }: Spread, present: (value: number) => string) =>
  [median, min, max].map(present);

/** What was not as it should be; nothing when all was. Times are not judged: they are the machine's. */
export function problemsOfCache({ cold, invalidation }: CacheBench): string[] {
  const ours = cold.find(({ name }) => name === 'ours');
  const { reloaded, sampled } = invalidation;
  return [
    ...(ours?.compositions.max === 1
      ? []
      : [`cache: a hundred cold clients made ${ours?.compositions.max} compositions, not 1`]),
    ...(reloaded === sampled
      ? []
      : [`cache: ${sampled - reloaded} of ${sampled} dependants outlived their tag`]),
  ];
}
