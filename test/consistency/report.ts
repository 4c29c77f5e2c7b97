import type { ConsistencySettings } from './consistency-settings.ts';
import { VIOLATIONS } from './findings.ts';
import { boundsOf, type SeedOutcome } from './run-seed.ts';

const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** What one seed came to, in a few lines. */
export function presentSeed(settings: ConsistencySettings, outcome: SeedOutcome): string {
  const { seed, evidence, faults, writes, verdicts, hasCacheServer, tookMs } = outcome;
  const count = (what: string) => evidence.counts.get(what) ?? 0;
  const named = (names: readonly string[]) =>
    names.map((name) => `${name} ${whole(count(name))}`).join(', ');
  const seen = [...evidence.counts].filter(([name]) => name.includes(': ')).sort();
  const { ages, lags } = verdicts;
  const bounds = boundsOf(settings);
  const age = (from: 'fromMemory' | 'fromAnywhere', what: string) => {
    const { ageMs } = ages[from];
    const isHeld = ageMs <= bounds[from];
    return `${what} ${whole(ageMs)} ms (bound ${whole(bounds[from])} ms ${isHeld ? 'held' : 'BROKEN'})`;
  };
  return [
    `${settings.subject}, seed ${seed}${hasCacheServer ? ', views on a server of their own' : ''}, ${Math.round(tookMs / 1_000)} s`,
    `  ${named(['reads', 'loads', 'memory', 'redis', 'miss', 'stale', 'bypass', 'marked', 'absent', 'failed', 'of laggards'])}`,
    `  writes ${whole(writes)}, ${named(['own writes', 'crossed tokens', 'audited'])}, promises judged ${whole(evidence.promises.length)}`,
    `  ${seen.map(([name, times]) => `${name} ${times}`).join(', ')}`,
    `  faults: ${[...faults].map(([name, times]) => `${name} ${times}`).join(', ') || 'none'}`,
    `  oldest unmarked answer after its change was in the log: ${age('fromMemory', 'from memory')}, ${age('fromAnywhere', 'joined loads included')}`,
    `  tail lag p50 ${lags.medianMs.toFixed(1)}, p99 ${whole(lags.p99Ms)}, longest ${whole(lags.longestMs)} ms; two heartbeats ${whole(2 * settings.heartbeatMs)} ms`,
    `  ${presentViolations([outcome])}`,
  ].join('\n');
}

/** By kind, with how many there are of a million reads. */
export function presentViolations(outcomes: readonly SeedOutcome[]): string {
  const violations = outcomes.flatMap(({ evidence }) => evidence.violations);
  const reads = outcomes.reduce(
    (total, { evidence }) => total + (evidence.counts.get('reads') ?? 0),
    0,
  );
  const perMillion = reads === 0 ? 0 : (violations.length / reads) * 1e6;
  const kinds = VIOLATIONS.flatMap((kind) => {
    const times = violations.filter((violation) => violation.kind === kind).length;
    return times === 0 ? [] : [`${kind} ${whole(times)}`];
  });
  const summary = `violations ${whole(violations.length)} in ${whole(reads)} reads (${whole(perMillion)} per million)`;
  return kinds.length === 0 ? summary : `${summary}: ${kinds.join(', ')}`;
}

/** The first of each kind. */
export function presentExamples({ evidence }: SeedOutcome, each: number): string {
  return VIOLATIONS.flatMap((kind) =>
    evidence.violations
      .filter((violation) => violation.kind === kind)
      .slice(0, each)
      .map(({ node, detail }) => `  ${kind} at ${node}: ${detail}`),
  ).join('\n');
}
