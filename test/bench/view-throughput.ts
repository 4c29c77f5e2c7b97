import type { Platform } from '@cloudphone/deploy';
import { type Affinity, pin, planAffinity } from './affinity.ts';
import type { BareAnswer } from './bare-server.ts';
import { logIn } from './bench-platform.ts';
import { type CachedView, findCachedView } from './cached-view.ts';
import { type ChildProgram, startChild } from './child-program.ts';
import { cpuTimeMs } from './cpu-time.ts';
import type { LoadJob, LoadReport } from './load-generator.ts';
import type { PopularAnswer } from './popular-server.ts';
import { bareAnswers, type ViewRow, viewRows } from './view-rows.ts';

/** What one round of one row came to. Processor times are undefined where /proc does not tell. */
export interface Sample extends LoadReport {
  readonly perSecond: number;
  readonly serverCpuMs: number | undefined;
}

export interface MeasuredRow {
  readonly row: ViewRow;
  /** One a round, in the order of the rounds. */
  readonly samples: readonly Sample[];
}

export interface ViewThroughput {
  /** The first is what the others are compared with. */
  readonly rows: readonly MeasuredRow[];
  readonly view: CachedView;
  readonly affinity: Affinity | undefined;
  readonly rounds: number;
  readonly roundSeconds: number;
}

interface ViewThroughputOptions {
  readonly projectDir: string;
  /** Of each row, all rounds together. */
  readonly seconds: number;
  readonly connections: number;
}

/** Short, so that the rows of a round meet the same machine. */
const ROUND_SECONDS = 0.5;
const FEWEST_ROUNDS = 5;
/** Until V8 has compiled what it is going to: compiling runs beside the server and counts as its time. */
const WARM_UP_ANSWERS = 40_000;
const WARM_UP_AT_MOST_S = 20;

type Server = { readonly pid: number; readonly url: string };
type Servers = Readonly<Record<ViewRow['server'], Server>>;
type LoadGenerator = ChildProgram<LoadJob, LoadReport>;

/**
 * Requests for one cached view, whole rounds of all rows in turn, forwards and backwards, so that
 * what else the machine does falls on all of them. Processes are put back on all cores afterwards.
 */
export async function measureViewThroughput(
  platform: Platform,
  options: ViewThroughputOptions,
): Promise<ViewThroughput> {
  const { projectDir, seconds, connections } = options;
  const bff = platform.process('bff-admin');
  const { accessToken } = await logIn(bff.url, 'admin', 'admin-demo');
  const view = await findCachedView(bff.url, accessToken);
  const affinity = await planAffinity();
  const started: { stop(): Promise<void> }[] = [];
  try {
    const servers: Servers = {
      ...(await startBareServers(view, projectDir, started)),
      ...(await startPopularServers(view, { platform, projectDir, started })),
      bff: { pid: bff.pid as number, url: view.url },
    };
    const generator: LoadGenerator = await startChild('load-generator', projectDir);
    started.push(generator);
    if (affinity) await separate(affinity, { platform, servers, generator });
    const rows = viewRows(view).map((row) => ({ row, samples: [] as Sample[] }));
    const measure = (row: ViewRow, roundSeconds: number) =>
      measureRow(row, { generator, server: servers[row.server], connections, roundSeconds });
    const rounds = Math.max(FEWEST_ROUNDS, Math.round(seconds / ROUND_SECONDS));
    const roundSeconds = seconds / rounds;

    for (const { row } of rows) await warmUp(() => measure(row, 1));
    for (let round = 0; round < rounds; round += 1) {
      for (const { row, samples } of round % 2 === 0 ? rows : rows.toReversed()) {
        samples.push(await measure(row, roundSeconds));
      }
    }
    return { rows, view, affinity, rounds, roundSeconds };
  } finally {
    await Promise.all(started.map((child) => child.stop()));
    if (affinity) await pin(pidsOf(platform), affinity.all);
  }
}

async function warmUp(measureSecond: () => Promise<Sample>): Promise<void> {
  let answers = 0;
  for (let second = 0; second < WARM_UP_AT_MOST_S && answers < WARM_UP_ANSWERS; second += 1) {
    answers += (await measureSecond()).answers;
  }
}

async function startBareServers(
  view: CachedView,
  projectDir: string,
  started: { stop(): Promise<void> }[],
): Promise<Record<'bare' | 'bare-same-headers', Server>> {
  const start = async (answer: BareAnswer): Promise<Server> => {
    const child = await startChild<BareAnswer, string>('bare-server', projectDir);
    started.push(child);
    return { pid: child.pid, url: await child.ask(answer) };
  };
  const answers = bareAnswers(view);
  return {
    bare: await start(answers.bare),
    'bare-same-headers': await start(answers['bare-same-headers']),
  };
}

async function startPopularServers(
  { body, authorization }: CachedView,
  given: {
    readonly platform: Platform;
    readonly projectDir: string;
    readonly started: { stop(): Promise<void> }[];
  },
): Promise<Record<'popular' | 'checking', Server>> {
  const { platform, projectDir, started } = given;
  // As many tags as the view itself is built from.
  const tags = ['device:7', 'user:7', 'quota:7', 'devices-of:7', 'installations:7'];
  const answer = { redisUrl: platform.redis.url, body, tags };
  const start = async (wanted: PopularAnswer): Promise<Server> => {
    const child = await startChild<PopularAnswer, string>('popular-server', projectDir);
    started.push(child);
    return { pid: child.pid, url: await child.ask(wanted) };
  };
  return { popular: await start(answer), checking: await start({ ...answer, authorization }) };
}

/** The servers that are measured, one at a time, have a core to themselves. */
async function separate(
  affinity: Affinity,
  {
    platform,
    servers,
    generator,
  }: { platform: Platform; servers: Servers; generator: LoadGenerator },
): Promise<void> {
  await pin([...pidsOf(platform), generator.pid, process.pid], affinity.others);
  await pin(
    Object.values(servers).map(({ pid }) => pid),
    affinity.server,
  );
}

function pidsOf({ processes, redis, postgres }: Platform): number[] {
  const engines = [redis.own?.pid, postgres.own?.pid];
  return [process.pid, ...processes.map(({ pid }) => pid), ...engines].filter(
    (pid) => pid !== undefined,
  );
}

async function measureRow(
  { headers, expected }: ViewRow,
  given: {
    readonly generator: LoadGenerator;
    readonly server: Server;
    readonly connections: number;
    readonly roundSeconds: number;
  },
): Promise<Sample> {
  const { generator, server, connections, roundSeconds } = given;
  const { url, pid } = server;
  const before = await cpuTimeMs(pid);
  const job = { url, headers, connections, seconds: roundSeconds, expected };
  const report = await generator.ask(job);
  const after = await cpuTimeMs(pid);
  return {
    ...report,
    perSecond: (report.answers / report.tookMs) * 1_000,
    serverCpuMs: before === undefined || after === undefined ? undefined : after - before,
  };
}
