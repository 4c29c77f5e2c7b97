import { watchInterruption } from './interruption.ts';
import { parseLaunchSettings } from './launch-settings.ts';
import type { PlatformOptions } from './platform-options.ts';
import { createProgress } from './progress.ts';
import { presentReadyBlock } from './ready-block.ts';
import { startPlatform } from './start-platform.ts';

export interface StartCommand {
  readonly args: readonly string[];
  /** When the command began, by `performance.now()`. */
  readonly startedAt: number;
  /** What to run instead of the platform's own programs; for tests of the launcher. */
  readonly platform?: Partial<PlatformOptions>;
}

/** `npm start`: runs the platform until it is interrupted. Resolves with the exit code. */
export async function runStart({
  args,
  startedAt,
  platform: parts,
}: StartCommand): Promise<number> {
  const interruption = watchInterruption();
  const progress = createProgress(startedAt);
  try {
    const { isVerbose, ...settings } = parseLaunchSettings(args, process.env);
    const platform = await startPlatform({
      ...parts,
      ...settings,
      report: progress.report,
      onOutput: isVerbose ? (name, line) => console.log(`${name} │ ${line}`) : progress.observe,
      signal: interruption.signal,
    });
    const tookMs = performance.now() - startedAt;
    console.log(presentReadyBlock({ platform, isDemo: settings.isDemo, tookMs }));
    await interruption.happened;
    progress.report('Stopping …');
    await platform.stop();
    progress.report('Stopped. The data is kept.');
    return 0;
  } catch (error) {
    if (interruption.signal.aborted) return 0;
    console.error(`\nCloudPhone did not start.\n${error instanceof Error ? error.message : error}`);
    return 1;
  }
}
