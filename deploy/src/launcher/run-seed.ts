import { parseArgs } from 'node:util';
import { watchInterruption } from './interruption.ts';
import { parseLaunchSettings, parseWhole } from './launch-settings.ts';
import { createProgress } from './progress.ts';
import { startPlatform } from './start-platform.ts';

const AN_HOUR_MS = 3_600_000;

/**
 * `npm run seed -- --users N`: starts engines and services with SEED_USERS=N, which makes each
 * service bring its demo data to that size before it is ready, then stops them again.
 */
export async function runSeed(args: readonly string[], startedAt: number): Promise<number> {
  const interruption = watchInterruption();
  const progress = createProgress(startedAt);
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { users: { type: 'string', default: '200' } },
    });
    const users = parseWhole(values.users, { name: '--users', from: 1, to: 1_000_000 });
    const { portBase, dataDir } = parseLaunchSettings([], process.env);
    const platform = await startPlatform({
      portBase,
      dataDir,
      isDemo: true,
      kinds: ['service'],
      env: { SEED_USERS: String(users) },
      readyTimeoutMs: AN_HOUR_MS,
      report: progress.report,
      onOutput: progress.observe,
      signal: interruption.signal,
    });
    await platform.stop();
    progress.report(`Demo data for ${users} people is in ${platform.dataDir}.`);
    return 0;
  } catch (error) {
    console.error(`\nSeeding failed.\n${error instanceof Error ? error.message : error}`);
    return 1;
  }
}
