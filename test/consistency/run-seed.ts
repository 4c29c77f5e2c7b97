import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis, createLogStore, whenReady } from '@cloudphone/redis';
import { silentLogger } from '@cloudphone/runtime';
import type { ConsistencySettings } from './consistency-settings.ts';
import { type Evidence, gatherEvidence } from './evidence.ts';
import { FAULTS, SOURCE_FAULTS, type Victims } from './faults/faults.ts';
import type { CrossingToken, Promised, Sighting } from './findings.ts';
import { TARGETS } from './node/views.ts';
import { type Cluster, startCluster } from './processes/cluster.ts';
import { createRandom, type Random, seedFor } from './random.ts';
import type { TruthState, Verdicts } from './truth/truth-process.ts';

export interface SeedOutcome {
  readonly seed: number;
  readonly evidence: Evidence;
  readonly faults: ReadonlyMap<string, number>;
  readonly writes: number;
  readonly verdicts: Omit<Verdicts, 'broken'>;
  readonly hasCacheServer: boolean;
  readonly tookMs: number;
}

/** Time for the last fault to be over, the log to settle, and the audit. */
const QUIET_SHARE_MS = 6_000;

/** One run: writes, reads and faults for a while, then quiet, an audit, and judgement. */
export async function runSeed(
  settings: ConsistencySettings,
  options: { readonly seed: number; readonly projectDir: string; readonly signal: AbortSignal },
): Promise<SeedOutcome> {
  const { seed, projectDir, signal } = options;
  const beganAtMs = performance.now();
  const evidence = gatherEvidence();
  const stormMs = Math.max(3_000, settings.seconds * 1_000 - QUIET_SHARE_MS);
  const readRate = (settings.reads / settings.seeds.length / settings.nodes / stormMs) * 1_000;
  // Every second seed keeps views on a server of their own: they then outlive the log that they knew.
  const hasCacheServer = seed % 2 === 0;
  const cluster = await startCluster({
    settings,
    seed,
    projectDir,
    evidence,
    hasCacheServer,
    readRate,
  });
  try {
    const stormEndsAtMs = performance.now() + stormMs;
    const random = createRandom(seedFor(seed, 'faults'));
    crossTokens(cluster, evidence, random);
    await cluster.truth.ask('setRate', settings.writesPerSecond);
    await Promise.all(cluster.nodes.map(({ child }) => child.ask('setRate', readRate)));
    const share = settings.reads / settings.seeds.length;
    const hasRead = () => (evidence.counts.get('reads') ?? 0) >= share;
    const isOver = () =>
      signal.aborted ||
      performance.now() > stormEndsAtMs + stormMs ||
      (performance.now() > stormEndsAtMs && hasRead()) ||
      (settings.untilCaught && evidence.violations.length > 0);
    const faults = await bringFaults({ settings, cluster, random, isOver });
    const writes =
      isOver() && settings.untilCaught ? 0 : await quieten(settings, cluster, evidence);
    const verdicts = await judgeAll(settings, cluster, evidence);
    const tookMs = performance.now() - beganAtMs;
    return { seed, evidence, faults, writes, verdicts, hasCacheServer, tookMs };
  } finally {
    await cluster.stop();
  }
}

/** What one node was told is presented at another, at once or when the log may be another one. */
function crossTokens({ nodes }: Cluster, evidence: Evidence, random: Random): void {
  const present = async (from: string, token: CrossingToken): Promise<void> => {
    if (random.chance(0.2)) await sleep(random.between(1_000, 8_000));
    const others = nodes.filter(({ name }) => name !== from);
    if (others.length === 0) return;
    // A node that is being replaced is nobody to present anything to.
    await random
      .pick(others)
      .child.ask('present', [token])
      .catch(() => undefined);
  };
  evidence.onTokens((from, tokens) => {
    for (const token of tokens) void present(from, token);
  });
}

async function bringFaults(run: {
  readonly settings: ConsistencySettings;
  readonly cluster: Cluster;
  readonly random: Random;
  readonly isOver: () => boolean;
}): Promise<ReadonlyMap<string, number>> {
  const { settings, cluster, random, isOver } = run;
  const logger = silentLogger;
  const url = cluster.redis.url;
  const connection = connectRedis({ url, name: 'checker', manner: 'patient', logger });
  await whenReady(connection, 5_000);
  const victims: Victims = {
    redis: cluster.redis,
    client: connection.client,
    store: createLogStore({ connection, logger }),
    random,
    nodes: cluster.nodes.map((node) => ({
      signal: (name) => node.child.signal(name),
      replace: node.replace,
    })),
    setService: (service, state) => cluster.truth.ask('setState', { service, state }),
    heartbeatMs: settings.heartbeatMs,
  };
  const done = new Map<string, number>();
  let plan: string[] = [];
  try {
    while (!isOver()) {
      await sleep(random.between(200, 900));
      if (plan.length === 0) plan = random.shuffle(faultsFor(settings));
      const name = plan.pop();
      if (name === undefined || isOver()) continue;
      if (settings.isVerbose) console.log(`fault: ${name}`);
      await FAULTS[name]?.(victims);
      done.set(name, (done.get(name) ?? 0) + 1);
    }
  } finally {
    await connection.close();
  }
  return done;
}

function faultsFor({ subject, faults }: ConsistencySettings): string[] {
  return Object.keys(FAULTS).filter((name) => {
    if (faults.length > 0) return faults.includes(name);
    return subject !== 'bentocache' || !SOURCE_FAULTS.includes(name);
  });
}

/** No more writes: the log gets the last of them, every node reads it, every view is looked at. */
async function quieten(
  settings: ConsistencySettings,
  cluster: Cluster,
  evidence: Evidence,
): Promise<number> {
  const { truth, nodes } = cluster;
  await truth.ask('setRate', 0);
  await Promise.all(nodes.map(({ child }) => child.ask('stopReading')));
  const untilMs = performance.now() + 60_000;
  let state = await truth.ask<TruthState>('state').catch(() => undefined);
  while (state?.settledAt === undefined) {
    if (performance.now() > untilMs) throw new Error('the outboxes did not settle in a minute');
    await sleep(50);
    state = await truth.ask<TruthState>('state').catch(() => undefined);
  }
  const position = state.settledAt;
  await sleep(2 * settings.heartbeatMs);
  await Promise.all(
    nodes.map(async ({ name, child }) => {
      const hasFollowed = await child.ask<boolean>('waitFor', position);
      if (hasFollowed) return await child.ask('audit', position);
      const detail = `the log's end was not reached in time: ${position.epoch}.${position.seq}`;
      evidence.violate({ kind: 'never-caught-up', node: name, detail });
    }),
  );
  return state.writes;
}

const JUDGED_AT_ONCE = 5_000;
/** A clock that is read a little before the answer is looked for. */
const SLACK_MS = 100;

/** The history of the log says what was promised, and how old what was shown had become. */
async function judgeAll(
  settings: ConsistencySettings,
  { truth, nodes }: Cluster,
  evidence: Evidence,
): Promise<Omit<Verdicts, 'broken'>> {
  await Promise.all(nodes.map(({ child }) => child.ask('tellAll')));
  const judge = (about: { promises: readonly Promised[]; sightings: readonly Sighting[] }) =>
    truth.ask<Verdicts>('judge', about);
  const { promises, sightings } = evidence;
  for (let from = 0; from < promises.length; from += JUDGED_AT_ONCE) {
    const some = promises.slice(from, from + JUDGED_AT_ONCE);
    const { broken } = await judge({ promises: some, sightings: [] });
    for (const [index, detail] of broken.entries()) {
      const kind = some[index]?.kind;
      if (detail !== null && kind) evidence.violate({ kind, node: 'the log', detail });
    }
  }
  const { ages, lags } = await judge({ promises: [], sightings });
  // A cache that does not follow positions promises nothing about when it hears of a change.
  if (settings.subject === 'bentocache') return { ages, lags };
  const bounds = boundsOf(settings);
  for (const from of ['fromMemory', 'fromAnywhere'] as const) {
    const { ageMs, detail } = ages[from];
    if (ageMs <= bounds[from]) continue;
    evidence.violate({
      kind: 'age',
      node: 'the log',
      detail: `${Math.round(ageMs)} ms: ${detail}`,
    });
  }
  return { ages, lags };
}

/**
 * For how long an unmarked answer may be older than the log, in ms. What memory holds is relied on for
 * two heartbeats. Whoever joins a load that is under way gets what its sources said when it asked
 * them, which is as long ago as a load may take.
 */
export function boundsOf({ heartbeatMs }: Pick<ConsistencySettings, 'heartbeatMs'>): {
  readonly fromMemory: number;
  readonly fromAnywhere: number;
} {
  const fromMemory = 2 * heartbeatMs + SLACK_MS;
  const longestLoadMs = Math.max(...TARGETS.map(({ view }) => view.budgetMs));
  return { fromMemory, fromAnywhere: fromMemory + longestLoadMs };
}
