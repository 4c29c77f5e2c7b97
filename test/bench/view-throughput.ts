import type { Platform } from '@cloudphone/deploy';
import { type Affinity, pin, planAffinity } from './affinity.ts';
import type { BareAnswer } from './bare-server.ts';
import { logIn } from './bench-platform.ts';
import { type CachedView, findCachedView } from './cached-view.ts';
import { type ChildProgram, startChild } from './child-program.ts';
import { cpuTimeMs } from './cpu-time.ts';
import type { LoadJob, LoadReport } from './load-generator.ts';
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

const ROUNDS = 5;
const WARM_UP_SECONDS = 1;

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
      bff: { pid: bff.pid as number, url: view.url },
    };
    const generator: LoadGenerator = await startChild('load-generator', projectDir);
    started.push(generator);
    if (affinity) await separate(affinity, { platform, servers, generator });
    const rows = viewRows(view).map((row) => ({ row, samples: [] as Sample[] }));
    const measure = (row: ViewRow, roundSeconds: number) =>
      measureRow(row, { generator, server: servers[row.server], connections, roundSeconds });

    for (const { row } of rows) await measure(row, WARM_UP_SECONDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { row, samples } of round % 2 === 0 ? rows : rows.toReversed()) {
        samples.push(await measure(row, seconds / ROUNDS));
      }
    }
    return {
      rows,
      view,
      affinity,
      rounds: ROUNDS,
      roundSeconds: seconds / ROUNDS,
    };
  } finally {
    await Promise.all(started.map((child) => child.stop()));
    if (affinity) await pin(pidsOf(platform), affinity.all);
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
