import type { Spread } from './statistics.ts';
import { spreadOf } from './statistics.ts';
import { cpuAgainst, ratesAgainst } from './view-ratios.ts';
import { BARE_SAME_BYTES, CHECKING, OURS, POPULAR } from './view-rows.ts';
import type { MeasuredRow, ViewThroughput } from './view-throughput.ts';

/** What is aimed at. Judged by processor time where it is known: the machine may have other work. */
export const AIMS = { ofBare: 0.7, timesPopular: 7 } as const;

export interface Comparison {
  readonly byRate: Spread;
  readonly byCpu: Spread | undefined;
}

/** Ours, compared with the other rows. */
export interface Verdict {
  readonly ofSameBytes: Comparison;
  readonly ofBare: Comparison;
  readonly timesPopular: Comparison;
  readonly timesChecking: Comparison;
}

export function judgeView({ rows }: ViewThroughput): Verdict | undefined {
  const find = (name: string) => rows.find(({ row }) => row.name === name);
  const [bare] = rows;
  const [sameBytes, ours, popular, checking] = [BARE_SAME_BYTES, OURS, POPULAR, CHECKING].map(find);
  if (!bare || !sameBytes || !ours || !popular || !checking) return undefined;
  return {
    ofSameBytes: compare(ours, sameBytes),
    ofBare: compare(ours, bare),
    timesPopular: compare(ours, popular),
    timesChecking: compare(ours, checking),
  };
}

export function shortfallsOf(measured: ViewThroughput): string[] {
  const verdict = judgeView(measured);
  if (verdict === undefined) return [];
  return [
    ...shortfall(verdict.ofSameBytes, AIMS.ofBare, `of ${BARE_SAME_BYTES}`),
    ...shortfall(verdict.timesPopular, AIMS.timesPopular, `times ${POPULAR}`),
  ];
}

function shortfall({ byRate, byCpu = byRate }: Comparison, aim: number, of: string): string[] {
  if (byCpu.median >= aim) return [];
  return [`${OURS}: ${byCpu.median.toFixed(2)} ${of}, not ${aim}`];
}

const compare = (row: MeasuredRow, other: MeasuredRow): Comparison => ({
  byRate: spreadOf(ratesAgainst(row, other)),
  byCpu: cpuAgainst(row, other),
});
