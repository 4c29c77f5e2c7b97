import type { RegisteredMetric } from './registered-metrics.ts';

/** A rule as Prometheus reads it: rule files are YAML, of which JSON is a part. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
}

const SEVERITIES = ['critical', 'warning'];
const WORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'bool', 'offset']);
const GROUPING = /\b(?:by|without|on|ignoring) \(([^)]*)\)/g;
const MATCHERS = /\{([^}]*)\}/g;
const CLOSING: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' };

/**
 * What keeps a rule from ever firing, or from telling anybody what to do: Prometheus takes an
 * expression over a metric, label or value that nobody writes, and is silent for ever.
 */
export function ruleProblems(
  rule: AlertRule,
  written: {
    readonly metrics: ReadonlyMap<string, RegisteredMetric>;
    /** Whether some source says this word as a string. */
    readonly isSaid: (value: string) => boolean;
  },
): string[] {
  return [
    ...formProblems(rule),
    ...(isBalanced(rule.expr) ? [] : ['brackets do not balance']),
    ...metricProblems(rule.expr, written.metrics),
    ...valuesOf(rule.expr)
      .filter((value) => !written.isSaid(value))
      .map((value) => `no source says '${value}'`),
  ].map((problem) => `${rule.alert}: ${problem}`);
}

function formProblems({ for: lasting, labels, annotations }: AlertRule): string[] {
  return [
    ...(/^\d+[smh]$/.test(lasting) ? [] : [`for: ${lasting} is no duration`]),
    ...(SEVERITIES.includes(labels?.severity) ? [] : [`severity ${labels?.severity}`]),
    ...(annotations?.summary ? [] : ['no summary']),
    ...(annotations?.action ? [] : ['no action']),
  ];
}

function metricProblems(
  expr: string,
  metrics: ReadonlyMap<string, RegisteredMetric>,
): readonly string[] {
  const labels = new Set(['process']);
  const problems = selectorsOf(expr).flatMap(({ name, isRange }) => {
    const metric = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ''));
    if (metric === undefined) return [`no source registers ${name}`];
    for (const label of metric.labels) labels.add(label);
    if (metric.kind === 'histogram') {
      labels.add('le');
      if (metrics.has(name)) return [`${name} is a histogram: ask for its buckets, sum or count`];
    } else if (!metrics.has(name)) return [`no source registers ${name}`];
    if ((metric.kind === 'gauge') !== isRange) return [];
    return [isRange ? `${name} is a gauge: it has no rate` : `${name} only rises: take its rate`];
  });
  const named = [...groupedBy(expr), ...matchersOf(expr).map(({ label }) => label)];
  return [
    ...problems,
    ...named.filter((label) => !labels.has(label)).map((label) => `no metric of it has ${label}`),
  ];
}

/** Names of metrics, and whether a range of each is taken. */
function selectorsOf(expr: string): { readonly name: string; readonly isRange: boolean }[] {
  const bare = expr.replace(MATCHERS, '').replace(GROUPING, '');
  return [...bare.matchAll(/[a-zA-Z_]\w*(?!\w|\s*\()(\[)?/g)]
    .map(([found, range]) => ({ name: found.replace('[', ''), isRange: range !== undefined }))
    .filter(({ name }) => !WORDS.has(name) && !isDuration(bare, name));
}

/** `5m` of `[5m]` begins with a digit; what is left of it looks like a name. */
const isDuration = (expr: string, name: string) => new RegExp(`\\d${name}\\]`).test(expr);

function groupedBy(expr: string): string[] {
  return [...expr.matchAll(GROUPING)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  );
}

function matchersOf(expr: string) {
  return [...expr.matchAll(MATCHERS)].flatMap(([, list = '']) =>
    [...list.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*'([^']*)'/g)].map(
      ([, label = '', operator = '', value = '']) => ({ label, operator, value }),
    ),
  );
}

const valuesOf = (expr: string) =>
  matchersOf(expr)
    .filter(({ operator }) => !operator.includes('~'))
    .map(({ value }) => value);

function isBalanced(expr: string): boolean {
  const open: string[] = [];
  for (const sign of expr.replace(/'[^']*'/g, '')) {
    if ('({['.includes(sign)) open.push(sign);
    else if (sign in CLOSING && open.pop() !== CLOSING[sign]) return false;
  }
  return open.length === 0;
}
