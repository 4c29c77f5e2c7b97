import { type Spread, spreadOf } from './statistics.ts';
import { textTable, whole } from './text-table.ts';
import { cpuAgainst, cpuMicros, ratesAgainst, ratio } from './view-ratios.ts';
import { BARE_SAME_BYTES, CHECKING, OURS, POPULAR } from './view-rows.ts';
import type { MeasuredRow, Sample, ViewThroughput } from './view-throughput.ts';
import { AIMS, type Comparison, judgeView, shortfallsOf } from './view-verdict.ts';

/** A server that idles more than this was kept waiting, by the load generator or by others. */
const SATURATED = 0.95;

export function presentViewThroughput(measured: ViewThroughput): string {
  const { rows, view, affinity, rounds, roundSeconds } = measured;
  const [baseline] = rows;
  if (baseline === undefined) return '';
  const lines = rows.map((measuredRow) => presentRow(measuredRow, baseline));
  return [
    `One cached view, GET ${new URL(view.url).pathname}, body of ${whole(Buffer.byteLength(view.body))} bytes`,
    textTable([HEADINGS, ...lines]),
    `${rounds} rounds of ${roundSeconds} s each, rows in turn; medians, ratios as median (lowest–highest) of the rounds. ${presentAffinity(measured)}`,
    presentVerdict(measured),
    '“bare node:http” writes the same body under content-type and content-length; the row below it under all headers of the BFF.',
    `“${POPULAR}” is both as their documentation sets them up and asks nobody who they are; “${CHECKING}” looks the bearer’s token and permission up in a Map and counts them in memory.`,
    ...(affinity && !isSaturated(baseline) ? [UNSATURATED] : []),
  ].join('\n');
}

function presentVerdict(measured: ViewThroughput): string {
  const verdict = judgeView(measured);
  if (verdict === undefined) return '';
  const { ofSameBytes, ofBare, timesPopular, timesChecking } = verdict;
  const present = ({ byRate, byCpu }: Comparison) =>
    `${byRate.median.toFixed(2)} by requests a second, ${known(byCpu, presentRatio)} by CPU`;
  return [
    `${OURS}, of ${BARE_SAME_BYTES}: ${present(ofSameBytes)} (aimed at: ${AIMS.ofBare})`,
    `${OURS}, of bare node:http: ${present(ofBare)}`,
    `${OURS}, times ${POPULAR}: ${present(timesPopular)} (aimed at: ${AIMS.timesPopular})`,
    `${OURS}, times ${CHECKING}: ${present(timesChecking)}`,
  ].join('\n');
}

const HEADINGS = [
  '',
  'req/s',
  'p50 ms',
  'p99 ms',
  'of bare',
  'bytes',
  'CPU µs/req',
  'of bare by CPU',
  'server busy',
  'generator busy',
];

const UNSATURATED =
  'The bare server was not kept busy, so requests a second flatter the others: compare by CPU.';

function presentRow({ row, samples }: MeasuredRow, baseline: MeasuredRow): string[] {
  const middle = (of: (sample: Sample) => number) => spreadOf(samples.map(of)).median;
  const rates = ratesAgainst({ row, samples }, baseline);
  return [
    row.name,
    whole(middle(({ perSecond }) => perSecond)),
    middle(({ p50Ms }) => p50Ms).toFixed(2),
    middle(({ p99Ms }) => p99Ms).toFixed(2),
    presentRatio(spreadOf(rates)),
    whole(middle(({ bytes }) => bytes)),
    known(cpuPerAnswer(samples), (micros) => micros.toFixed(1)),
    known(cpuAgainst({ row, samples }, baseline), ({ median }) => median.toFixed(2)),
    known(busyPart(samples), percent),
    percent(middle(({ cpuMs, tookMs }) => cpuMs / tookMs)),
  ];
}

const presentRatio = ({ median, min, max }: Spread): string =>
  `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;

const percent = (part: number): string => `${Math.round(part * 100)} %`;

const known = <Value>(value: Value | undefined, present: (value: Value) => string): string =>
  value === undefined ? '?' : present(value);

function cpuPerAnswer(samples: readonly Sample[]): number | undefined {
  const micros = samples.map(cpuMicros).filter((each) => each !== undefined);
  return micros.length === 0 ? undefined : spreadOf(micros).median;
}

function busyPart(samples: readonly Sample[]): number | undefined {
  const tookMs = samples.reduce((sum, sample) => sum + sample.tookMs, 0);
  return ratio(serverCpuMs(samples), tookMs);
}

function serverCpuMs(samples: readonly Sample[]): number | undefined {
  return samples.reduce<number | undefined>(
    (sum, sample) =>
      sum === undefined || sample.serverCpuMs === undefined ? undefined : sum + sample.serverCpuMs,
    0,
  );
}

const isSaturated = ({ samples }: MeasuredRow): boolean => (busyPart(samples) ?? 1) >= SATURATED;

function presentAffinity({ affinity }: ViewThroughput): string {
  if (affinity === undefined) return 'Processes are not kept on cores here.';
  const { server, others } = affinity;
  return `Measured server on core ${server.join(', ')}, load generator and all else on ${others.join(', ')}.`;
}

/** What was not as it should be; nothing when all was. */
export function problemsOfView(measured: ViewThroughput): string[] {
  const faults = measured.rows.flatMap(({ row, samples }) => {
    const total = (of: (sample: Sample) => number) =>
      samples.reduce((sum, sample) => sum + of(sample), 0);
    const unexpected = total((sample) => sample.unexpected);
    const errors = total((sample) => sample.errors);
    const answers = total((sample) => sample.answers);
    const first = samples.find(({ firstUnexpected }) => firstUnexpected !== '')?.firstUnexpected;
    return [
      ...(answers === 0 ? [`${row.name}: no answer at all`] : []),
      ...(errors > 0 ? [`${row.name}: ${whole(errors)} connections or requests failed`] : []),
      ...(unexpected > 0
        ? [
            `${row.name}: ${whole(unexpected)} of ${whole(answers)} answers were not ` +
              `${[row.expected.status, ...row.expected.cacheStatus].join(' ')}; the first was ${first}`,
          ]
        : []),
    ];
  });
  return [...faults, ...shortfallsOf(measured)];
}
