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
  /** Returns `observe(value, labels?)`. */
  histogram(
    options: MetricOptions & { readonly buckets: readonly number[] },
  ): (value: number, labels?: Labels) => void;
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
      return (value, labels = {}) => histogram.observe({ ...labels }, value);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
