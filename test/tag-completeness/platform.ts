import type { Identity } from '@cloudphone/contracts';
import { startPlatform } from '@cloudphone/deploy';
import { connectPostgres, type Postgres, sql } from '@cloudphone/postgres';
import { connectRedis, createLogStore, type LogStore, whenReady } from '@cloudphone/redis';
import { silentLogger } from '@cloudphone/runtime';
import { type Answer, askService, type Request, SECRET } from './ask-service.ts';
import { appendEventsToPark } from './park-events.ts';
import { APPROVAL_ABOVE } from './recipes/campaign-recipes.ts';
import { openSmsGateway } from './sms-gateway.ts';

/** The five services as processes of their own, and an eye on the log that they write. */
export interface Services {
  ask(request: Request, identity: Identity): Promise<Answer>;
  /** The log's end. */
  position(): Promise<number>;
  /** Resolves when outboxes are empty and the log has not grown after a position for a moment. */
  settled(from: number): Promise<void>;
  /** Resolves when, besides, every group has followed everything; takes seconds. */
  quiet(from: number): Promise<void>;
  /** The tags named by rows after a position, with the types of those rows. */
  tagsAfter(seq: number): Promise<{ readonly tags: Set<string>; readonly types: string[] }>;
  close(): Promise<void>;
}

const SERVICES = ['user', 'device', 'app', 'billing', 'notification'] as const;
const QUIET_WITHIN_MS = 300_000;

export async function openServices(options: {
  readonly dataDir: string;
  readonly people: number;
}): Promise<Services> {
  const gateway = await openSmsGateway();
  const platform = await startPlatform({
    dataDir: options.dataDir,
    isDemo: true,
    kinds: ['service', 'worker'],
    // A process that ends is told of: the programs end none.
    report: (line) => console.error(line),
    env: {
      ...process.env,
      SEED_USERS: String(options.people),
      INTERNAL_TOKEN_SECRET: SECRET,
      DEVICE_PROVIDER_LATENCY_MS: '1',
      CAMPAIGN_APPROVAL_ABOVE: String(APPROVAL_ABOVE),
      SMS_URL: gateway.url,
      LOG_LEVEL: 'warn',
    },
  });
  const connection = connectRedis({
    url: platform.redis.url,
    name: 'tag completeness',
    manner: 'patient',
    logger: silentLogger,
  });
  await whenReady(connection, 10_000);
  const store = createLogStore({ connection, logger: silentLogger });
  const databases = SERVICES.map((service) =>
    connectPostgres<Record<string, never>>({
      url: new URL(`/cloudphone_${service}`, platform.postgres.url).href,
      name: 'tag completeness',
      logger: silentLogger,
      poolSize: 1,
    }),
  );
  const position = async () => (await store.read()).seq;
  await appendEventsToPark(store);
  await whenStill(store, databases, { from: 0, areFollowed: true });
  return {
    ask: (request, identity) =>
      askService(platform.process(request.operation.service).url, request, identity),
    position,
    settled: (from) => whenStill(store, databases, { from, areFollowed: false }),
    quiet: (from) => whenStill(store, databases, { from, areFollowed: true }),
    tagsAfter: (seq) => tagsAfter(store, seq),
    close: async () => {
      await Promise.all(databases.map((database) => database.close()));
      await store.close();
      await connection.close();
      await platform.stop();
      await gateway.close();
    },
  };
}

type Database = Postgres<Record<string, never>>;

const STILL_FOR_MS = 100;

async function whenStill(
  store: LogStore,
  databases: readonly Database[],
  { from, areFollowed }: { readonly from: number; readonly areFollowed: boolean },
): Promise<void> {
  const deadlineMs = performance.now() + QUIET_WITHIN_MS;
  let end = await lastRow(store, from);
  let stillSinceMs = performance.now();
  for (;;) {
    const latest = await lastRow(store, end);
    const waiting = await Promise.all(
      databases.map((database) => waitingIn(database, areFollowed ? latest : 0)),
    );
    const nowMs = performance.now();
    if (latest !== end || waiting.some((count) => count > 0)) stillSinceMs = nowMs;
    end = latest;
    if (nowMs - stillSinceMs >= STILL_FOR_MS) return;
    if (nowMs > deadlineMs) {
      throw new Error(`not still after ${QUIET_WITHIN_MS} ms: ${waiting.join(', ')} wait`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Seq of the log's last row; `from` while there is none after it. */
async function lastRow(store: LogStore, from: number): Promise<number> {
  for (let last = from; ; ) {
    const rows = await store.readAfter(last, { count: 500 });
    const end = rows.at(-1);
    if (end === undefined) return last;
    last = end.seq;
  }
}

/** Rows that have not reached the log, and groups that have not reached this row of it. */
async function waitingIn({ db }: Database, seq: number): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select ((select count(*) from outbox where log_epoch is null)
      + (select count(*) from follower where seq < ${seq}))::int as waiting`.execute(db);
  return rows[0]?.waiting ?? 0;
}

async function tagsAfter(store: LogStore, seq: number) {
  const tags = new Set<string>();
  const types: string[] = [];
  for (let from = seq; ; ) {
    const rows = await store.readAfter(from, { count: 500 });
    for (const row of rows) {
      for (const tag of row.tags) tags.add(tag);
      types.push(typeOf(row.json));
    }
    const last = rows.at(-1);
    if (last === undefined) return { tags, types };
    from = last.seq;
  }
}

function typeOf(json: string): string {
  const { envelope } = JSON.parse(json) as { readonly envelope: { readonly type: string } };
  return envelope.type;
}
