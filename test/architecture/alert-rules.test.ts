import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type AlertRule, ruleProblems } from './alert-rules.ts';
import { type RegisteredMetric, registeredMetrics } from './registered-metrics.ts';
import { isTest, ROOT, readRepository } from './repository.ts';

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}

const FOLDER = join(ROOT, 'deploy/alerts');

function shippedRules(): readonly AlertRule[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.rules.json'))
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as RuleFile)
    .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
}

describe('alert rules', () => {
  test('ask for metrics, labels and values that the platform writes, and say what to do', () => {
    const files = readRepository().flatMap((pkg) => pkg.files);
    const metrics = registeredMetrics(files);
    const texts = files.filter((file) => !isTest(file)).map(({ text }) => text);
    const isSaid = (value: string) =>
      texts.some((text) => text.includes(`'${value}'`) || text.includes(` ${value}:`));
    expect(shippedRules().flatMap((rule) => ruleProblems(rule, { metrics, isSaid }))).toEqual([]);
  });

  test('have names of their own', () => {
    const names = shippedRules().map(({ alert }) => alert);
    expect(names.length).toBeGreaterThan(20);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each([
    ['max(phones_full) == 1', ['no source registers phones_full']],
    ['rate(phones_total_sum[5m]) > 1', ['no source registers phones_total_sum']],
    ['max by (colour) (phones) > 1', ['no metric of it has colour']],
    ["max(phones{state='lost'}) > 1", ["no source says 'lost'"]],
    ['max((phones) > 1', ['brackets do not balance']],
    ['max(phones]) > 1', ['brackets do not balance']],
    ['phones_total > 1', ['phones_total only rises: take its rate']],
    ['rate(phones[5m]) > 1', ['phones is a gauge: it has no rate']],
    [
      'rate(calls_seconds[5m]) > 1',
      ['calls_seconds is a histogram: ask for its buckets, sum or count'],
    ],
    ["phones{state='free'} < ignoring (state) 0.1 * sum without (state) (phones)", []],
    ['histogram_quantile(0.99, sum by (le) (rate(calls_seconds_bucket[5m]))) > 1', []],
  ])('%s → is judged', (expr, problems) => {
    expect(ruleProblems({ ...SOUND, expr }, WRITTEN)).toEqual(
      problems.map((problem) => `Sample: ${problem}`),
    );
  });

  test('without a duration, a severity, a summary or an action are found', () => {
    const bare = { alert: 'Sample', expr: 'phones > 1', for: 'soon' } as unknown as AlertRule;
    expect(ruleProblems(bare, WRITTEN)).toEqual([
      'Sample: for: soon is no duration',
      'Sample: severity undefined',
      'Sample: no summary',
      'Sample: no action',
    ]);
  });
});

test('metrics are found where they are registered, and not in tests', () => {
  const text = `
    const one = metrics.counter({
      name: 'phones_total',
      help: 'Phones.',
      labels: ['state', 'colour'],
    });
    const two = metrics.gauge({ name: 'phones', help: 'Phones.' });`;
  const found = registeredMetrics([
    { path: 'shared/a/src/a.ts', text },
    { path: 'shared/a/src/a.test.ts', text: "metrics.gauge({ name: 'other', help: '' })" },
  ]);
  expect([...found]).toEqual([
    ['phones_total', { kind: 'counter', labels: ['state', 'colour'] }],
    ['phones', { kind: 'gauge', labels: [] }],
  ]);
});

const SOUND: AlertRule = {
  alert: 'Sample',
  expr: '',
  for: '5m',
  labels: { severity: 'warning' },
  annotations: { summary: 'Something is wrong.', action: 'Mend it.' },
};

const WRITTEN = {
  metrics: new Map<string, RegisteredMetric>([
    ['phones', { kind: 'gauge', labels: ['state'] }],
    ['phones_total', { kind: 'counter', labels: [] }],
    ['calls_seconds', { kind: 'histogram', labels: [] }],
  ]),
  isSaid: (value: string) => value === 'free',
};
