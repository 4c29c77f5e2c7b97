import { describe, expect, test } from 'vitest';
import { type ConsistencySettings, parseConsistencySettings } from './consistency-settings.ts';
import type { Violation } from './findings.ts';
import { runSeed, type SeedOutcome } from './run-seed.ts';

/** Which change overtakes which load is the machine's to decide: a subject gets this long to be caught. */
const PATIENCE_MS = 240_000;

/** The short form of `npm run test:consistency`: real processes, real faults, some minutes in all. */
describe('views, read on three nodes while everything goes wrong', () => {
  test('are never older than their reader may expect', { timeout: 240_000 }, async () => {
    const settings = parseConsistencySettings(['--seconds', '22', '--reads', '10000']);
    const { evidence, verdicts } = await check({ ...settings, seeds: [1] }, 1);
    expect(evidence.violations).toEqual([]);
    expect(evidence.counts.get('reads')).toBeGreaterThan(1_000);
    expect(evidence.counts.get('audited')).toBeGreaterThan(100);
    expect(verdicts.lags.longestMs).toBeGreaterThan(0);
  });

  test.each([
    ['ours without its fence', 'no-fence', 'none'],
    ['ours without its check of epochs', 'no-epoch', 'restore an older redis'],
    ['ours without its rule for joining loads', 'no-join', 'drop rows'],
    ['ours without versions', 'no-versions', 'lagging source'],
    ['ours without instants', 'no-instants', 'none'],
    // Loads and changes race enough. Without connections it hangs, and then shows nothing at all.
    ['a popular cache', 'bentocache', 'none'],
  ])('%s is caught', { timeout: PATIENCE_MS + 60_000 }, async (_, subject, faults) => {
    const text = ['--seconds', '20', '--reads', '16000', '--writes', '30', '--until-caught'];
    const settings = parseConsistencySettings([...text, '--subject', subject, '--faults', faults]);
    const giveUpAtMs = performance.now() + PATIENCE_MS;
    let caught = 0;
    // Odd seeds: one Redis for all, beside the run's PostgreSQL.
    for (let seed = 1; caught === 0 && performance.now() < giveUpAtMs; seed += 2) {
      const { evidence } = await check({ ...settings, seeds: [seed] }, seed);
      caught = evidence.violations.filter(isOldAnswer).length;
    }
    expect(caught).toBeGreaterThan(0);
  });
});

/** That it could not answer does not count as caught. */
function isOldAnswer({ kind, detail }: Violation): boolean {
  return kind !== 'failure' && !detail.endsWith('; failed');
}

function check(settings: ConsistencySettings, seed: number): Promise<SeedOutcome> {
  const signal = AbortSignal.timeout(110_000);
  return runSeed(settings, { seed, projectDir: process.cwd(), signal });
}
