import type { Logger } from '@cloudphone/runtime';
import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from '../connection.ts';
import { defineCommand } from '../define-command.ts';
import { keys } from '../keys.ts';
import type { LogPosition } from '../log/log-clock.ts';
import type { LogStore } from '../log/log-store.ts';
import { redisFailure } from '../redis-failure.ts';
import noteEntryScript from './note-entry.lua';
import releaseLeaseScript from './release-lease.lua';
import renewLeaseScript from './renew-lease.lua';

/** Stored views and the leases of those being loaded. Rejects as the log store does. */
export interface RedisViewStore {
  /**
   * The log's position and the stored frame, asked for in one breath: on one server one round trip.
   */
  lookUp(
    key: string,
  ): Promise<{ readonly position: LogPosition; readonly frame: Buffer | undefined }>;
  /**
   * Overwrites, and deletes what expires first when all entries of the namespace weigh more than its
   * budget; one that is heavier than a sixteenth of it is not kept. Resolves with what all weigh now,
   * in bytes, as far as is known.
   */
  store(key: string, frame: Buffer, ttlMs: number): Promise<number>;
  watermarks(
    tags: readonly string[],
  ): Promise<{ readonly position: LogPosition; readonly marks: readonly number[] }>;
  takeLease(key: string, holder: string, ttlMs: number): Promise<boolean>;
  renewLease(key: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Also publishes the key to every `onReleased` listener of the namespace, on every node. */
  releaseLease(key: string, holder: string): Promise<void>;
  /** Opens a connection of its own on first use. What is said while it is away is not heard. */
  onReleased(listener: (key: string) => void): void;
  /** Keys that begin with `prefix`, in no order, at most `limit`. Walks all keys: for operators. */
  listKeys(prefix: string, limit: number): Promise<readonly string[]>;
  find(key: string): Promise<Buffer | undefined>;
  /** Adds up what all processes count; kept by the hour, the hottest thousand, for two hours. */
  addHeat(counted: readonly { readonly recipe: string; readonly heat: number }[]): Promise<void>;
  /** Of this hour and the one before, hottest first. */
  hottest(limit: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

const noteEntry = defineCommand(noteEntryScript, 2);
const releaseLease = defineCommand(releaseLeaseScript, 1);
const renewLease = defineCommand(renewLeaseScript, 1);

const HOUR_MS = 3_600_000;
const MOST_RECIPES = 1_000;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
/** Of an entry and its line in the ledger, beyond their texts; measured on Redis 7.0. */
const OVERHEAD_BYTES = 250;
/** What a single entry may take of the budget. */
const LARGEST_SHARE = 1 / 16;

/** `connection` holds the views; `log` may be on another server. Keys are apart by `namespace`. */
export function createViewStore(options: {
  readonly connection: RedisConnection;
  readonly log: Pick<LogStore, 'read' | 'watermarks'>;
  readonly namespace: string;
  readonly logger: Logger;
  /**
   * What all entries of the namespace may weigh, whichever process stores them; 256 MiB unless told.
   * Views have a budget of their own because the Redis that also holds the log evicts nothing.
   */
  readonly maxBytes?: number;
}): RedisViewStore {
  const { connection, log, namespace, logger, maxBytes = DEFAULT_MAX_BYTES } = options;
  const { client } = connection;
  const viewKey = (key: string) => keys.view.entry(namespace, key);
  const leaseKey = (key: string) => keys.view.lease(namespace, key);
  const channel = keys.view.released(namespace);
  const ledgerKeys = [keys.view.ledger(namespace), keys.view.ledgerTotal(namespace)] as const;
  const heatKey = (atMs: number) => keys.view.heat(namespace, Math.floor(atMs / HOUR_MS));
  let subscriber: RedisConnection | undefined;

  const run = async <Result>(command: () => Promise<Result>): Promise<Result> => {
    try {
      return await command();
    } catch (err) {
      throw redisFailure(err, connection.options.commandTimeoutMs ?? 0);
    }
  };
  const find = async (key: string): Promise<Buffer | undefined> =>
    (await run(() => client.getBuffer(viewKey(key)))) ?? undefined;

  const listen = (listener: (key: string) => void): void => {
    subscriber ??= connection.duplicate({
      name: `${connection.options.name}-released`,
      manner: 'patient',
      autoResubscribe: false,
    });
    const { client: listening } = subscriber;
    listening.on('message', (_channel, key) => listener(key));
    subscriber.onReady(() => {
      listening.subscribe(channel).catch((err: unknown) => {
        // Waiting for a lease then falls back to asking.
        logger.warn({ err, channel }, 'cannot listen for released leases');
      });
    });
  };

  return {
    lookUp: async (key) => {
      const [position, frame] = await Promise.all([log.read(), find(key)]);
      return { position: toPosition(position), frame };
    },
    store: (key, frame, ttlMs) =>
      run(async () => {
        const lifetimeMs = Math.max(1, Math.ceil(ttlMs));
        const bytes = frame.length + 2 * Buffer.byteLength(viewKey(key)) + OVERHEAD_BYTES;
        if (bytes > maxBytes * LARGEST_SHARE) {
          logger.warn({ key, bytes }, 'a view is too large to be stored');
          return Number((await client.get(ledgerKeys[1])) ?? 0);
        }
        const [noted] = await Promise.all([
          noteEntry(client, ledgerKeys, [key, bytes, lifetimeMs, maxBytes]),
          client.set(viewKey(key), frame, 'PX', lifetimeMs),
        ]);
        const [total, ...victims] = noted as readonly [number, ...string[]];
        // One by one: in a Cluster they are on different nodes.
        await Promise.all(victims.map((victim) => client.unlink(viewKey(victim))));
        return total;
      }),
    watermarks: async (tags) => {
      const { position, marks } = await log.watermarks(tags);
      return { position: toPosition(position), marks };
    },
    takeLease: (key, holder, ttlMs) =>
      run(async () => (await client.set(leaseKey(key), holder, 'PX', ttlMs, 'NX')) === 'OK'),
    renewLease: (key, holder, ttlMs) =>
      run(async () => (await renewLease(client, [leaseKey(key)], [holder, ttlMs])) === 1),
    releaseLease: (key, holder) =>
      run(async () => {
        await releaseLease(client, [leaseKey(key)], [holder, channel, key]);
      }),
    onReleased: listen,
    listKeys: async (prefix, limit) => {
      const found = await run(() => listKeys(client, viewKey(prefix), limit));
      return found.map((key) => key.slice(viewKey('').length));
    },
    find,
    addHeat: (counted) => run(() => addHeat(client, heatKey(Date.now()), counted)),
    hottest: (limit) =>
      run(async () => {
        const hours = [heatKey(Date.now()), heatKey(Date.now() - HOUR_MS)];
        const found = await Promise.all(
          hours.map((hour) => client.zrevrange(hour, 0, MOST_RECIPES - 1, 'WITHSCORES')),
        );
        const heat = new Map<string, number>();
        for (const ranked of found) {
          for (let at = 0; at < ranked.length; at += 2) {
            const recipe = ranked[at] ?? '';
            heat.set(recipe, (heat.get(recipe) ?? 0) + Number(ranked[at + 1]));
          }
        }
        const byHeat = [...heat].sort(([, one], [, other]) => other - one);
        return byHeat.slice(0, limit).map(([recipe]) => recipe);
      }),
    close: async () => {
      await subscriber?.close();
    },
  };
}

async function addHeat(
  client: Redis,
  key: string,
  counted: readonly { readonly recipe: string; readonly heat: number }[],
): Promise<void> {
  const adding = client.multi();
  for (const { recipe, heat } of counted) adding.zincrby(key, heat, recipe);
  adding.zremrangebyrank(key, 0, -MOST_RECIPES - 1);
  adding.pexpire(key, 2 * HOUR_MS);
  await adding.exec();
}

/** SCAN walks one server: of a Cluster every master is walked, since each holds other keys. */
async function listKeys(
  client: Redis | Cluster,
  prefix: string,
  limit: number,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const server of client instanceof Cluster ? client.nodes('master') : [client]) {
    let cursor = '0';
    do {
      const pattern = `${literally(prefix)}*`;
      const [next, page] = await server.scan(cursor, 'MATCH', pattern, 'COUNT', 500);
      for (const key of page) found.add(key);
      cursor = next;
    } while (cursor !== '0' && found.size < limit);
    if (found.size >= limit) break;
  }
  return [...found].slice(0, limit);
}

/** What stands for other text in a pattern stands for itself. */
function literally(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

function toPosition({ epoch, seq }: LogPosition): LogPosition {
  return { epoch, seq };
}
