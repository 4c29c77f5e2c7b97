import { claimFolder, releaseFolder } from '../processes/folder-claim.ts';
import { createStickyProxy } from '../proxy/sticky-proxy.ts';
import { allSettled } from './all-settled.ts';
import { buildPrograms } from './build-programs.ts';
import { findPortBase, requireFreePorts } from './find-ports.ts';
import { keepInternalSecret } from './internal-secret.ts';
import { openPostgres, openRedis, type PlatformEngine } from './platform-engines.ts';
import { type PlatformOptions, type Settled, settleOptions } from './platform-options.ts';
import { type PlatformProcess, prepareProcess } from './platform-process.ts';
import { environmentOf, localUrl, type PlatformFacts } from './process-environment.ts';
import { type Plan, type PlannedProcess, planProcesses } from './process-plan.ts';
import { stopLeftovers } from './stop-leftovers.ts';
import { createUndoing, type Undoing } from './undoing.ts';

export interface Platform {
  readonly portBase: number;
  readonly dataDir: string;
  readonly urls: { readonly adminBff: string; readonly userBff: string };
  readonly processes: readonly PlatformProcess[];
  /** By its name in the table; replicas are `bff-admin-1`, `bff-admin-2`, … Throws for any other. */
  process(name: string): PlatformProcess;
  readonly redis: PlatformEngine;
  readonly postgres: PlatformEngine;
  /** Ends everything that was started: BFFs and worker, then services, then engines. */
  stop(): Promise<void>;
}

/**
 * Builds and runs the whole platform: engines, then services, then BFFs and worker; resolves when
 * all are ready. What crashes is started again. Two platforms never share a data folder. Throws,
 * with everything stopped again, when a part does not get ready; the message names it.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const undoing = createUndoing();
  options.signal?.addEventListener('abort', () => void undoing.undo().catch(() => undefined));
  try {
    return await start(settleOptions(options), undoing);
  } catch (error) {
    await undoing.undo();
    throw error;
  }
}

async function start(options: Settled, undoing: Undoing): Promise<Platform> {
  const { dataDir, report, env } = options;
  await claimFolder(dataDir, 'CloudPhone');
  undoing.add(() => releaseFolder(dataDir));
  await stopLeftovers(dataDir, report);
  const portBase = options.portBase ?? (await findPortBase());
  const plan = planProcesses({ ...options, portBase });
  await requireFreePorts([...plan.processes, ...plan.proxies]);

  const [redis, postgres] = await allSettled([
    startEngine(openRedis, options, undoing),
    startEngine(openPostgres, options, undoing),
    buildPrograms(plan, options),
  ]);
  const facts: PlatformFacts = {
    portBase,
    redisUrl: redis.url,
    databaseUrl: postgres.databaseUrl,
    internalTokenSecret: await keepInternalSecret(dataDir),
    isDemo: options.isDemo,
    env,
  };
  const processes = await startProcesses(plan, { options, facts, undoing });
  return {
    portBase,
    dataDir,
    urls: { adminBff: localUrl(portBase), userBff: localUrl(portBase + 1) },
    processes,
    process: (name) => findProcess(processes, name),
    redis,
    postgres,
    stop: () => undoing.undo(),
  };
}

async function startEngine<T extends PlatformEngine>(
  open: (options: Settled) => Promise<T>,
  options: Settled,
  undoing: Undoing,
): Promise<T> {
  options.signal?.throwIfAborted();
  const engine = await open(options);
  undoing.add(async () => engine.own?.stop());
  return engine;
}

interface Stage {
  readonly options: Settled;
  readonly facts: PlatformFacts;
  readonly undoing: Undoing;
}

async function startProcesses(plan: Plan, stage: Stage): Promise<PlatformProcess[]> {
  const isService = ({ kind }: PlannedProcess) => kind === 'service';
  const services = await startTogether(plan.processes.filter(isService), stage);
  const others = await startTogether(
    plan.processes.filter((planned) => !isService(planned)),
    stage,
  );
  for (const { name, port, behind } of plan.proxies) {
    const proxy = await createStickyProxy({ port, replicas: behind });
    stage.undoing.add(proxy.close);
    stage.options.report(`${name}: ${behind.length} replicas behind ${localUrl(port)}.`);
  }
  return [...services, ...others];
}

async function startTogether(
  planned: readonly PlannedProcess[],
  { options, facts, undoing }: Stage,
): Promise<PlatformProcess[]> {
  options.signal?.throwIfAborted();
  const processes = await Promise.all(
    planned.map((one) => prepareProcess(one, { ...options, env: environmentOf(one, facts) })),
  );
  undoing.add(async () => {
    await allSettled(processes.map((one) => one.stop()));
  });
  await allSettled(
    processes.map(async (one) => {
      await one.start();
      options.report(`The ${one.title} is ready: ${one.url}`);
    }),
  );
  return processes;
}

function findProcess(processes: readonly PlatformProcess[], name: string): PlatformProcess {
  const found = processes.find((one) => one.name === name);
  if (found) return found;
  const names = processes.map((one) => one.name).join(', ');
  throw new Error(`The platform has no process ${name}; it has ${names}.`);
}
