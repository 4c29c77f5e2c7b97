import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string | number>>;

interface MetricOptions {
  /** Prometheus name: `cloudphone_<subject>_<unit>[_total]`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** One registry of a process. Asking twice for a name gives the same metric. */
export interface Metrics {
  /** Returns `add(labels?, by = 1)`. */
  counter(options: MetricOptions): (labels?: Labels, by?: number) => void;
  /** Returns `set(value, labels?)`. */
  gauge(options: MetricOptions): (value: number, labels?: Labels) => void;
  /** Returns `observe(value, labels?, times = 1)`; many times cost as much as two. */
  histogram(
    options: MetricOptions & { readonly buckets: readonly number[] },
  ): (value: number, labels?: Labels, times?: number) => void;
  /** Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Seconds: from a memory hit (0.1 ms) to a request that ran out of time. */
export const SECONDS_BUCKETS = [
  0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** `withProcessMetrics` adds CPU, memory, event-loop lag and garbage collection of this process. */
export function createMetrics(
  options: { readonly process?: string; readonly withProcessMetrics?: boolean } = {},
): Metrics {
  const registry = new Registry();
  if (options.process !== undefined) registry.setDefaultLabels({ process: options.process });
  if (options.withProcessMetrics) collectDefaultMetrics({ register: registry });
  const known = <Metric>(name: string, create: () => Metric): Metric =>
    (registry.getSingleMetric(name) as Metric | undefined) ?? create();
  const shape = (metric: MetricOptions) => ({
    name: metric.name,
    help: metric.help,
    labelNames: [...(metric.labels ?? [])],
    registers: [registry],
  });
  return {
    counter: (metric) => {
      const counter = known(metric.name, () => new Counter(shape(metric)));
      return (labels = {}, by = 1) => counter.inc({ ...labels }, by);
    },
    gauge: (metric) => {
      const gauge = known(metric.name, () => new Gauge(shape(metric)));
      return (value, labels = {}) => gauge.set({ ...labels }, value);
    },
    histogram: (metric) => {
      const histogram = known(
        metric.name,
        () => new Histogram({ ...shape(metric), buckets: [...metric.buckets] }),
      );
      return (value, labels = {}, times = 1) => {
        histogram.observe({ ...labels }, value);
        if (times > 1) observeAgain(histogram, { value, labels, times: times - 1 });
      };
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** What prom-client keeps of one set of labels. */
interface HistogramRow {
  readonly labels: Labels;
  readonly bucketValues: Record<string, number>;
  sum: number;
  count: number;
}

/**
 * prom-client observes one value at a time, for a microsecond each: a twentieth of what a hit takes.
 * Its rows are plain counts; a test holds that they still are.
 */
function observeAgain(
  histogram: Histogram,
  again: { readonly value: number; readonly labels: Labels; readonly times: number },
): void {
  const { value, labels, times } = again;
  const { hashMap, upperBounds } = histogram as unknown as {
    readonly hashMap: Readonly<Record<string, HistogramRow>>;
    readonly upperBounds: readonly number[];
  };
  const row = Object.values(hashMap).find((kept) =>
    Object.entries(labels).every(([name, label]) => String(kept.labels[name]) === String(label)),
  );
  if (row === undefined) throw new Error('the histogram’s row is not where it was');
  const bound = upperBounds.find((upper) => value <= upper);
  if (bound !== undefined) row.bucketValues[bound] = (row.bucketValues[bound] ?? 0) + times;
  row.sum += value * times;
  row.count += times;
}
