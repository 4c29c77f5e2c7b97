import { percentile } from '../statistics.ts';
import { textTable, whole } from '../text-table.ts';
import type { EventLatencies } from './event-bench.ts';

const ms = (value: number): string => `${value.toFixed(2)} ms`;

export function presentEvents(measured: readonly EventLatencies[]): string {
  return [
    `From commit to log at ${fullRate(measured)} events a second, of one service (goal: p50 < ${GOAL.p50Ms} ms, p99 < ${GOAL.p99Ms} ms)`,
    textTable([
      ['relay', 'written/s', 'p50', 'p99', 'max', 'events an append', 'CPU an event', 'lost'],
      ...measured.map((row) => [
        row.manner,
        whole(row.writtenPerSecond),
        ms(percentile(row.latenciesMs, 0.5)),
        ms(percentile(row.latenciesMs, 0.99)),
        ms(percentile(row.latenciesMs, 1)),
        row.eventsPerAppend.toFixed(1),
        ms(row.cpuMsPerEvent),
        whole(row.lost),
      ]),
    ]),
  ].join('\n');
}

const GOAL = { p50Ms: 2, p99Ms: 10 } as const;

/** A machine that cannot write at the rate has not measured it. */
export function problemsOfEvents(measured: readonly EventLatencies[]): string[] {
  return [...problemsOfWriting(measured), ...problemsOfLatency(measured)];
}

/** That of the goal: quieter rates only explain. */
function fullRate(measured: readonly EventLatencies[]): number {
  return Math.max(0, ...measured.map(({ askedPerSecond }) => askedPerSecond));
}

/** The relay that hears of commits, where it does best. */
function problemsOfLatency(measured: readonly EventLatencies[]): string[] {
  const full = fullRate(measured);
  const hearing = measured.filter(
    ({ manner, askedPerSecond }) => manner !== 'polling only' && askedPerSecond === full,
  );
  const best = (share: number) =>
    Math.min(...hearing.map(({ latenciesMs }) => percentile(latenciesMs, share)));
  return [
    ...(best(0.5) < GOAL.p50Ms ? [] : [`from commit to log: p50 is not below ${GOAL.p50Ms} ms`]),
    ...(best(0.99) < GOAL.p99Ms ? [] : [`from commit to log: p99 is not below ${GOAL.p99Ms} ms`]),
  ];
}

function problemsOfWriting(measured: readonly EventLatencies[]): string[] {
  return measured.flatMap(({ manner, lost, failed, writtenPerSecond, askedPerSecond }) => [
    ...(failed > 0 ? [`${manner}: ${failed} writes did not commit`] : []),
    ...(lost > 0 ? [`${manner}: ${lost} events did not reach the log`] : []),
    ...(writtenPerSecond < askedPerSecond * 0.9
      ? [`${manner}: only ${whole(writtenPerSecond)} of ${askedPerSecond} events a second written`]
      : []),
  ]);
}
