import { type Platform, watchInterruption } from '@cloudphone/deploy';
import { withBenchPlatform } from './bench-platform.ts';
import { type BenchSettings, type Part, parseBenchSettings, USAGE } from './bench-settings.ts';
import { describeMachine, isBusy, loadNow } from './machine.ts';
import { measureUserUpdates } from './socket-bench.ts';
import { presentSocketLatency, problemsOfSockets } from './socket-report.ts';
import { presentViewThroughput, problemsOfView } from './view-report.ts';
import { measureViewThroughput } from './view-throughput.ts';

interface Outcome {
  readonly text: string;
  /** What was not as it should be. */
  readonly problems: readonly string[];
}

type Bench = (
  platform: Platform,
  settings: BenchSettings & { readonly projectDir: string },
) => Promise<Outcome>;

const BENCHES: Readonly<Record<Part, Bench>> = {
  view: async (platform, { viewSeconds, connections, projectDir }) => {
    const options = { seconds: viewSeconds, connections, projectDir };
    const measured = await measureViewThroughput(platform, options);
    return { text: presentViewThroughput(measured), problems: problemsOfView(measured) };
  },
  socket: async (platform, { socketSeconds, eventsPerSecond }) => {
    const options = { perSecond: eventsPerSecond, seconds: socketSeconds };
    const latency = await measureUserUpdates(platform, options);
    return {
      text: presentSocketLatency(latency, eventsPerSecond),
      problems: problemsOfSockets(latency, eventsPerSecond),
    };
  },
};

/** `npm run bench`. Resolves with the exit code: 1 when anything was not as it should be. */
export async function runBench(args: readonly string[], projectDir: string): Promise<number> {
  let settings: BenchSettings & { readonly projectDir: string };
  try {
    settings = { ...parseBenchSettings(args), projectDir };
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    return 1;
  }
  const interruption = watchInterruption();
  const loadAtStart = loadNow();
  try {
    if (isBusy(loadAtStart)) {
      console.log(`This machine is busy (load average ${loadAtStart.toFixed(2)}): figures suffer.`);
    }
    console.log('Starting a platform with engines and data of its own …');
    const problems = await withBenchPlatform(interruption.signal, (platform) =>
      Promise.race([runParts(platform, settings), failWhenInterrupted(interruption.happened)]),
    );
    console.log(`\n${describeMachine({ atStart: loadAtStart, atEnd: loadNow() })}`);
    for (const problem of problems) console.log(`NOT AS IT SHOULD BE  ${problem}`);
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`\nThe bench failed.\n${messageOf(error)}`);
    return 1;
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

async function runParts(
  platform: Platform,
  settings: BenchSettings & { readonly projectDir: string },
): Promise<string[]> {
  const problems: string[] = [];
  for (const part of settings.parts) {
    console.log(`Measuring: ${part} …`);
    const outcome = await BENCHES[part](platform, settings);
    console.log(`\n${outcome.text}`);
    problems.push(...outcome.problems);
  }
  return problems;
}

async function failWhenInterrupted(happened: Promise<void>): Promise<never> {
  await happened;
  throw new Error('Interrupted.');
}
