import { describe, expect, test } from 'vitest';
import { type ConsistencySettings, parseConsistencySettings } from './consistency-settings.ts';
import { runSeed, type SeedOutcome } from './run-seed.ts';

/** The short form of `npm run test:consistency`: real processes, real faults, a minute in all. */
describe('views, read on three nodes while everything goes wrong', () => {
  test('are never older than their reader may expect', async () => {
    const settings = parseConsistencySettings(['--seconds', '22', '--reads', '10000']);
    const { evidence, verdicts } = await check({ ...settings, seeds: [1] }, 1);
    expect(evidence.violations).toEqual([]);
    expect(evidence.counts.get('reads')).toBeGreaterThan(1_000);
    expect(evidence.counts.get('audited')).toBeGreaterThan(100);
    expect(verdicts.lags.longestMs).toBeGreaterThan(0);
  });

  test.each([
    ['ours without its fence', 'no-fence', ''],
    ['ours without its check of epochs', 'no-epoch', 'restore an older redis'],
    ['ours without its rule for joining loads', 'no-join', 'drop rows'],
    ['a popular cache', 'bentocache', 'kill connections'],
  ])('%s is caught', async (_, subject, faults) => {
    const text = ['--seconds', '20', '--reads', '60000', '--until-caught'];
    const settings = parseConsistencySettings([...text, '--subject', subject, '--faults', faults]);
    // Which change overtakes which load is the machine's to decide.
    let caught = 0;
    // Odd seeds: one Redis for all, beside the run's PostgreSQL.
    for (const seed of [1, 3, 5]) {
      caught = (await check({ ...settings, seeds: [seed] }, seed)).evidence.violations.length;
      if (caught > 0) break;
    }
    expect(caught).toBeGreaterThan(0);
  });
});

function check(settings: ConsistencySettings, seed: number): Promise<SeedOutcome> {
  const signal = AbortSignal.timeout(110_000);
  return runSeed(settings, { seed, projectDir: process.cwd(), signal });
}
