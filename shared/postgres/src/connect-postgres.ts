import type { Logger } from '@cloudphone/runtime';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool, type PoolConfig } from 'pg';
import { clientConfig } from './client-config.ts';
import { type Listening, listen } from './listen.ts';
import { keepPlans } from './prepared.ts';

export interface PostgresOptions {
  readonly url: string;
  /**
   * Where sessions and listeners connect; `url` unless given. To be given when that is a pooler's
   * which lends a connection for one transaction: locks and LISTEN outlive those.
   */
  readonly sessionUrl?: string;
  /** Connections at most; 10 unless told. Sessions and listeners come on top. */
  readonly poolSize?: number;
  /** What pg_stat_activity shows. */
  readonly name: string;
  readonly logger: Logger;
  /** 10 s unless told; the server ends what takes longer. */
  readonly statementTimeoutMs?: number;
}

export interface Postgres<Schema> {
  readonly db: Kysely<Schema>;
  /**
   * Hears a channel on a connection of its own. `onNotify('')` says that the connection is new and
   * notifications may have been missed: after the first connect and every reconnect.
   */
  listen(channel: string, onNotify: (payload: string) => void): Promise<Listening>;
  /**
   * One connection for the whole of `run`, closed afterwards with everything that its session held
   * (advisory locks). When it breaks, its next query rejects: it is never replaced by another.
   */
  withSession<Result>(run: (db: Kysely<Schema>) => Promise<Result>): Promise<Result>;
  /** Rejects when no connection can be had. */
  ping(): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** Opens no connection before the first query. A lost one is replaced at the next. */
export function connectPostgres<Schema>(options: PostgresOptions): Postgres<Schema> {
  const ofSessions = { ...options, url: options.sessionUrl ?? options.url };
  const openPool = (to: PostgresOptions, max: number) =>
    createPool({ ...clientConfig(to), max }, options);
  const open = (pool: Pool) => new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const db = open(openPool(options, options.poolSize ?? 10));
  return {
    db,
    listen: (channel, onNotify) => listen({ ...ofSessions, channel, onNotify }),
    withSession: async (run) => {
      const pool = openPool(ofSessions, 1);
      const session = open(pool);
      try {
        return await session.connection().execute(run);
      } finally {
        // The pool is over before its client is; the server lets go of the locks before that.
        const isGone = new Promise<void>((resolve) => {
          if (pool.totalCount === 0) resolve();
          pool.once('remove', () => resolve());
        });
        await session.destroy();
        await isGone;
      }
    },
    ping: async () => void (await sql`select 1`.execute(db)),
    close: () => db.destroy(),
  };
}

/** Without these listeners a connection that the server ends would end the process. */
function createPool(config: PoolConfig, { logger, name }: PostgresOptions): Pool {
  const pool = new Pool(config);
  const onError = (err: Error) =>
    logger.warn({ err, connection: name }, 'a postgres connection broke');
  pool.on('error', () => undefined); // Idle clients are reported by the next listener.
  pool.on('connect', (client) => {
    client.on('error', onError);
    keepPlans(client);
  });
  return pool;
}
