import { loadavg } from 'node:os';
import { watchInterruption } from '@cloudphone/deploy';
import { parseConsistencySettings, USAGE } from './consistency-settings.ts';
import { presentExamples, presentSeed, presentViolations } from './report.ts';
import { runSeed, type SeedOutcome } from './run-seed.ts';

/**
 * `npm run test:consistency`. Resolves with the exit code: 1 when the cache broke its promise, or
 * when a subject that must be caught was not.
 */
export async function runConsistency(args: readonly string[], projectDir: string): Promise<number> {
  const interruption = watchInterruption();
  const { signal } = interruption;
  try {
    const settings = parseConsistencySettings(args);
    const loadAtStart = loadavg()[0] ?? 0;
    const outcomes: SeedOutcome[] = [];
    for (const seed of settings.seeds) {
      if (signal.aborted) break;
      const outcome = await runSeed(settings, { seed, projectDir, signal });
      outcomes.push(outcome);
      console.log(presentSeed(settings, outcome));
      const examples = presentExamples(outcome, settings.subject === 'ours' ? 3 : 1);
      if (examples) console.log(examples);
      if (settings.untilCaught && outcome.evidence.violations.length > 0) break;
    }
    const load = `load average ${loadAtStart.toFixed(2)} at the start, ${(loadavg()[0] ?? 0).toFixed(2)} at the end`;
    console.log(`\n${settings.subject}: ${presentViolations(outcomes)}; ${load}`);
    const isBroken = outcomes.some(({ evidence }) => evidence.violations.length > 0);
    if (settings.subject === 'ours') return isBroken || signal.aborted ? 1 : 0;
    console.log(isBroken ? 'Caught, as it must be.' : 'NOT CAUGHT: the checker would miss this.');
    return isBroken ? 0 : 1;
  } catch (error) {
    // What interrupts a terminal's foreground reaches the other processes too.
    if (signal.aborted) {
      console.error('Interrupted.');
      return 1;
    }
    console.error(`\nThe checker failed.\n${error instanceof Error ? error.stack : error}`);
    console.error(`\n${USAGE}`);
    return 1;
  }
}
