import { type Spread, spreadOf } from './statistics.ts';
import type { MeasuredRow, Sample } from './view-throughput.ts';

// Round by round: two rows of one round met the same machine.

export const ratesAgainst = (row: MeasuredRow, other: MeasuredRow): number[] =>
  row.samples.map(
    ({ perSecond }, round) => perSecond / (other.samples[round]?.perSecond ?? Number.NaN),
  );

/** The same by what an answer cost the server; undefined where /proc does not tell. */
export function cpuAgainst(row: MeasuredRow, other: MeasuredRow): Spread | undefined {
  const ratios = row.samples
    .map((sample, round) => ratio(cpuMicros(other.samples[round]), cpuMicros(sample)))
    .filter((each) => each !== undefined);
  return ratios.length === 0 ? undefined : spreadOf(ratios);
}

/** Undefined, too, for a round that a busy machine left without an answer. */
export const cpuMicros = (sample: Sample | undefined): number | undefined =>
  sample && sample.answers > 0 ? ratio(sample.serverCpuMs, sample.answers / 1_000) : undefined;

export const ratio = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a / b;
