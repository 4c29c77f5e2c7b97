import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewEvent } from '@cloudphone/contracts';
import { startPostgres, startRedis, temporaryFolder } from '@cloudphone/deploy';
import { createWriter, type EventLogTables, eventLogMigrations } from '@cloudphone/event-log';
import { ensureDatabase, migrate, type Postgres } from '@cloudphone/postgres';
import { pause, systemClock } from '@cloudphone/runtime';
import { startChild } from '../child-program.ts';
import { openDatabase, openRelay, type RelayPlace } from './open-relay.ts';
import type { RelayAnswer, RelayQuestion } from './relay-elsewhere.ts';
import { type Load, writeAtRate } from './write-at-rate.ts';

const MANNERS = ['beside the writers', 'in another process', 'polling only'] as const;

/** From the moment at which a writer knows that it committed to the log's word that it has the event. */
export interface EventLatencies {
  /** Where the relay runs; that which polls only is beside the writers and hears nothing of them. */
  readonly manner: (typeof MANNERS)[number];
  readonly askedPerSecond: number;
  readonly writtenPerSecond: number;
  /** Ascending, ms. Nothing is left out. */
  readonly latenciesMs: Float64Array;
  readonly lost: number;
  /** Writes that did not commit. */
  readonly failed: number;
  /** Events of one append, on average. */
  readonly eventsPerAppend: number;
  /** Of the writers' process, for each event written (and carried, where the relay is beside). */
  readonly cpuMsPerEvent: number;
}

/** What a relay took so far. */
interface Watched {
  taken(): Promise<{ readonly atMs: ReadonlyMap<string, number>; readonly appends: number }>;
  close(): Promise<void>;
}

type Run = RelayPlace & {
  readonly manner: EventLatencies['manner'];
  readonly projectDir: string;
  readonly postgres: Postgres<EventLogTables>;
};

const WARM_UP_SECONDS = 3;

/** Shares of the rate at which cores are idle enough that what is left is the way itself. */
const QUIETER = [0.25, 0.5] as const;
const QUIETER_SECONDS = 5;

/** How long the log may take to have the last events. */
const PATIENCE_MS = 10_000;

/**
 * One service's way to the log, on engines of its own, in each of the manners; then at quieter rates,
 * which tell what of the latency is waiting for busy cores.
 */
export async function measureEvents(
  projectDir: string,
  load: Load,
  interrupted: Promise<never>,
): Promise<readonly EventLatencies[]> {
  const folder = await temporaryFolder('cloudphone-bench-');
  const closing: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres') });
    closing.push(() => postgres.stop());
    const redis = await startRedis({
      dataDir: join(folder, 'redis'),
      enginesDir: join(projectDir, '.data/engines'),
      persistent: true,
    });
    closing.push(() => redis.stop());
    const measured: EventLatencies[] = [];
    for (const { manner, at } of runsOf(load)) {
      const databaseUrl = postgres.url(`bench_${measured.length}`);
      const service = `bench-${measured.length}`;
      const place = { databaseUrl, redisUrl: redis.url, service };
      const run = measureManner({ ...place, manner, projectDir }, at);
      measured.push(await Promise.race([run, interrupted]));
    }
    return measured;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function runsOf(load: Load): readonly { manner: EventLatencies['manner']; at: Load }[] {
  const seconds = Math.min(load.seconds, QUIETER_SECONDS);
  return [
    ...MANNERS.map((manner) => ({ manner, at: load })),
    ...QUIETER.map((share) => ({
      manner: 'beside the writers' as const,
      at: { perSecond: Math.ceil(load.perSecond * share), seconds },
    })),
  ];
}

async function measureManner(run: Omit<Run, 'postgres'>, load: Load): Promise<EventLatencies> {
  const { databaseUrl, service, manner } = run;
  await ensureDatabase(databaseUrl);
  const postgres = openDatabase(databaseUrl);
  await migrate(postgres, eventLogMigrations);
  const relay = await WATCHED[manner]({ ...run, postgres });
  try {
    const writer = createWriter({ postgres, service, clock: systemClock });
    const write = async () => (await writer.write(async () => oneEvent())).eventIds[0] ?? '';
    // Neither first queries of connections nor what V8 has not compiled yet is what is measured.
    await writeAtRate(write, { ...load, seconds: WARM_UP_SECONDS });
    const commits = await writeAtRate(write, load);
    const ids = [...commits.atMs];
    const { atMs, appends } = await takenAll(
      relay,
      ids.map(([id]) => id),
    );
    const found = ids.flatMap(([id, committedMs]) => {
      const takenMs = atMs.get(id);
      return takenMs === undefined ? [] : [Math.max(0, takenMs - committedMs)];
    });
    return {
      manner,
      askedPerSecond: load.perSecond,
      writtenPerSecond: ids.length / commits.tookSeconds,
      latenciesMs: Float64Array.from(found).sort(),
      lost: ids.length - found.length,
      failed: commits.failed,
      eventsPerAppend: atMs.size / appends,
      cpuMsPerEvent: commits.cpuMs / ids.length,
    };
  } finally {
    await relay.close();
    await postgres.close();
  }
}

const WATCHED: Readonly<Record<EventLatencies['manner'], (run: Run) => Promise<Watched>>> = {
  'beside the writers': (run) => watchHere(run, run.postgres),
  'in another process': watchElsewhere,
  'polling only': async (run) => {
    const own = openDatabase(run.databaseUrl);
    const deaf = { ...own, listen: async () => ({ close: async () => undefined }) };
    const watched = await watchHere(run, deaf);
    return {
      ...watched,
      close: async () => {
        await watched.close();
        await own.close();
      },
    };
  },
};

async function watchHere(run: Run, postgres: Postgres<EventLogTables>): Promise<Watched> {
  const { appends, close } = await openRelay(run, postgres);
  return { taken: async () => ({ atMs: appends.atMs, appends: appends.count() }), close };
}

async function watchElsewhere({ databaseUrl, redisUrl, service, projectDir }: Run) {
  const child = await startChild<RelayQuestion, RelayAnswer>(
    'event-log/relay-elsewhere',
    projectDir,
  );
  await child.ask({ start: { databaseUrl, redisUrl, service } });
  const atMs = new Map<string, number>();
  return {
    taken: async () => {
      const { taken, appends } = await child.ask({ after: atMs.size });
      for (const [id, takenMs] of taken) atMs.set(id, takenMs);
      return { atMs, appends };
    },
    close: () => child.stop(),
  };
}

/** What it took when it has them all, or when patience ends. */
async function takenAll(relay: Watched, ids: readonly string[]) {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const taken = await relay.taken();
    const hasAll = ids.every((id) => taken.atMs.has(id));
    if (hasAll || performance.now() > endMs) return taken;
    await pause(systemClock, 20);
  }
}

function oneEvent() {
  const at = new Date().toISOString();
  const data = { userId: randomUUID(), sessionId: randomUUID(), at };
  const event: NewEvent = { type: 'user.login', data };
  return { result: undefined, events: [event] as const };
}
