import { type Interruption, type Platform, watchInterruption } from '@cloudphone/deploy';
import { withBenchPlatform } from './bench-platform.ts';
import { type BenchSettings, type Part, parseBenchSettings, USAGE } from './bench-settings.ts';
import { measureCache } from './cache/cache-bench.ts';
import { presentCache } from './cache/cache-report.ts';
import { problemsOfCache } from './cache/cache-verdict.ts';
import { measureCampaigns } from './campaigns/campaign-bench.ts';
import { presentCampaigns, problemsOfCampaigns } from './campaigns/campaign-report.ts';
import { measureEvents } from './event-log/event-bench.ts';
import { presentEvents, problemsOfEvents } from './event-log/event-report.ts';
import { describeMachine, isBusy, loadNow } from './machine.ts';
import { measureQuotaUpdates } from './socket-bench.ts';
import { presentSocketLatency, problemsOfSockets } from './socket-report.ts';
import { presentViewThroughput, problemsOfView } from './view-report.ts';
import { measureViewThroughput } from './view-throughput.ts';

interface Outcome {
  readonly text: string;
  /** What was not as it should be. */
  readonly problems: readonly string[];
}

type Settings = BenchSettings & { readonly projectDir: string };
type PlatformBench = (platform: Platform, settings: Settings) => Promise<Outcome>;

/** Those that need a platform, all of them the same one. */
const ON_PLATFORM: Readonly<
  Record<Exclude<Part, 'cache' | 'campaigns' | 'events'>, PlatformBench>
> = {
  view: async (platform, { viewSeconds, connections, projectDir }) => {
    const options = { seconds: viewSeconds, connections, projectDir };
    const measured = await measureViewThroughput(platform, options);
    return { text: presentViewThroughput(measured), problems: problemsOfView(measured) };
  },
  socket: async (platform, { socketSeconds, eventsPerSecond }) => {
    const options = { perSecond: eventsPerSecond, seconds: socketSeconds };
    const latency = await measureQuotaUpdates(platform, options);
    return {
      text: presentSocketLatency(latency, eventsPerSecond),
      problems: problemsOfSockets(latency, eventsPerSecond),
    };
  },
};

const benchCache = async (
  { projectDir }: Settings,
  interrupted: Promise<never>,
): Promise<Outcome> => {
  const measured = await measureCache(projectDir, interrupted);
  return { text: presentCache(measured), problems: problemsOfCache(measured) };
};

const benchCampaigns = async (
  { projectDir, recipients }: Settings,
  interrupted: Promise<never>,
): Promise<Outcome> => {
  const measured = await measureCampaigns(projectDir, { recipients, interrupted });
  return { text: presentCampaigns(measured), problems: problemsOfCampaigns(measured) };
};

const benchEvents = async (
  { projectDir, logEventsPerSecond, socketSeconds }: Settings,
  interrupted: Promise<never>,
): Promise<Outcome> => {
  const load = { perSecond: logEventsPerSecond, seconds: socketSeconds };
  const measured = await measureEvents(projectDir, load, interrupted);
  return { text: presentEvents(measured), problems: problemsOfEvents(measured) };
};

/** `npm run bench`. Resolves with the exit code: 1 when anything was not as it should be. */
export async function runBench(args: readonly string[], projectDir: string): Promise<number> {
  let settings: Settings;
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
    const problems = await runParts(settings, interruption);
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

/** Returns what was not as it should be. */
async function runParts(settings: Settings, { signal, happened }: Interruption): Promise<string[]> {
  const problems: string[] = [];
  const interrupted = failWhenInterrupted(happened);
  // Whoever waits with it ends with it; between two parts nobody does.
  interrupted.catch(() => undefined);
  const run = async (part: Part, bench: () => Promise<Outcome>) => {
    console.log(`Measuring: ${part} …`);
    const outcome = await bench();
    console.log(`\n${outcome.text}`);
    problems.push(...outcome.problems);
  };
  // First what has engines of its own: beside a platform that runs it would not be alone.
  if (settings.parts.includes('cache')) await run('cache', () => benchCache(settings, interrupted));
  if (settings.parts.includes('campaigns')) {
    await run('campaigns', () => benchCampaigns(settings, interrupted));
  }
  if (settings.parts.includes('events'))
    await run('events', () => benchEvents(settings, interrupted));
  const onPlatform = settings.parts.filter(
    (part) => part !== 'cache' && part !== 'campaigns' && part !== 'events',
  );
  if (onPlatform.length === 0) return problems;
  console.log('Starting a platform with engines and data of its own …');
  await withBenchPlatform(signal, async (platform) => {
    for (const part of onPlatform) {
      await run(part, () => Promise.race([ON_PLATFORM[part](platform, settings), interrupted]));
    }
  });
  return problems;
}

async function failWhenInterrupted(happened: Promise<void>): Promise<never> {
  await happened;
  throw new Error('Interrupted.');
}
