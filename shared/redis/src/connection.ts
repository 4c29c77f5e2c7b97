import { upstreamTimeout } from '@cloudphone/errors';
import type { Logger } from '@cloudphone/runtime';
import { Redis } from 'ioredis';
import { logOutages } from './outages.ts';

export interface RedisOptions {
  /** `redis://` or `rediss://` (TLS). */
  readonly url: string;
  /** What CLIENT LIST shows. */
  readonly name: string;
  /**
   * `fail-fast`: a command on a connection that is away fails at once and is never sent twice (log,
   * cache, whatever a request waits for). `patient`: commands wait for the connection and are sent
   * again after a loss (workers, blocking readers); they have no time limit.
   */
  readonly manner: 'fail-fast' | 'patient';
  /** How long a fail-fast command may take; 1000 unless told, 0 for no limit. */
  readonly commandTimeoutMs?: number;
  /**
   * False: whoever subscribes does so again on every `onReady`. The client does it by itself else, in
   * a promise that it drops: when the connection is lost or closed meanwhile, that is an unhandled
   * rejection, which ends a process.
   */
  readonly autoResubscribe?: boolean;
  readonly logger: Logger;
}

export interface RedisConnection {
  readonly client: Redis;
  /** As given, with the time limit that holds (0: none). */
  readonly options: RedisOptions & { readonly commandTimeoutMs: number };
  readonly isReady: boolean;
  /** Runs on the first connect and on every reconnect; at once when connected already. */
  onReady(run: () => void): void;
  /** Another connection to the same server. */
  duplicate(options?: Partial<RedisOptions>): RedisConnection;
  /** Commands still under way get 200 ms to finish. */
  close(): Promise<void>;
}

const DEFAULT_COMMAND_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_DELAY_MS = 1_000;
const CLOSE_TIMEOUT_MS = 200;

/** Returns at once; connects in the background and, after a loss, again and again for ever. */
export function connectRedis(given: RedisOptions): RedisConnection {
  const options = { ...given, commandTimeoutMs: commandTimeoutMsOf(given) };
  const client = new Redis(options.url, {
    connectionName: options.name,
    connectTimeout: 2_000,
    retryStrategy: reconnectDelayMs,
    autoResubscribe: options.autoResubscribe ?? true,
    reconnectOnError: isOfReplica,
    ...(options.manner === 'patient' ? PATIENT : failFast(options.commandTimeoutMs)),
  });
  logOutages(client, options);
  return {
    client,
    options,
    get isReady() {
      return client.status === 'ready';
    },
    onReady: (run) => {
      client.on('ready', run);
      if (client.status === 'ready') run();
    },
    duplicate: (changes = {}) => connectRedis({ ...given, ...changes }),
    close: () => closeClient(client),
  };
}

/** Rejects with upstream_timeout when the connection is not up in time; it goes on trying. */
export function whenReady(connection: RedisConnection, timeoutMs: number): Promise<void> {
  if (connection.isReady) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const { client } = connection;
    const finish = () => {
      clearTimeout(timer);
      client.off('ready', finish);
      resolve();
    };
    const timer = setTimeout(() => {
      client.off('ready', finish);
      reject(upstreamTimeout(`redis (${connection.options.name})`, timeoutMs));
    }, timeoutMs);
    client.on('ready', finish);
  });
}

/**
 * Gives connections a moment to come up, so that a process that says it is ready can use them.
 * Resolves either way: what needs a Redis that is away says so itself.
 */
export async function giveTimeToConnect(
  connections: readonly RedisConnection[],
  timeoutMs: number,
): Promise<void> {
  await Promise.allSettled(connections.map((connection) => whenReady(connection, timeoutMs)));
}

function commandTimeoutMsOf({ manner, commandTimeoutMs }: RedisOptions): number {
  return manner === 'patient' ? 0 : (commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS);
}

/** What BullMQ's workers and blocking readers need. */
const PATIENT = {
  maxRetriesPerRequest: null,
  autoResendUnfulfilledCommands: true,
  enableOfflineQueue: true,
};

/**
 * A command that was under way when the connection broke may have run: only its sender can know
 * whether sending it again is safe, so the client never does. An append that was sent again by the
 * client could land on a Redis that has lost writes, behind the check of its epoch.
 */
function failFast(commandTimeoutMs: number) {
  return {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    ...(commandTimeoutMs > 0 ? { commandTimeout: commandTimeoutMs } : {}),
  };
}

/**
 * After a failover the name leads to another server, but connections to the old one, a replica now,
 * stay open and refuse every write: they are made anew. The command that was refused stays refused.
 */
function isOfReplica(err: Error): boolean {
  return err.message.startsWith('READONLY');
}

/** Doubles from 25 ms to a second, with jitter so that a returning server is not met all at once. */
function reconnectDelayMs(attempt: number): number {
  const ceilingMs = Math.min(MAX_RECONNECT_DELAY_MS, 25 * 2 ** Math.min(attempt, 10));
  return ceilingMs * (0.5 + Math.random() / 2);
}

async function closeClient(client: Redis): Promise<void> {
  if (client.status === 'end') return;
  if (client.status === 'ready') {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    // A QUIT that fails means a connection that is gone already.
    const quit = client.quit().then(
      () => undefined,
      () => undefined,
    );
    await Promise.race([quit, tooLong]);
    clearTimeout(timer);
  }
  client.disconnect();
}
