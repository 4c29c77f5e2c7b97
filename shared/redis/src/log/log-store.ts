import { type AppError, appError, upstreamUnavailable } from '@cloudphone/errors';
import type { Logger } from '@cloudphone/runtime';
import type { RedisConnection } from '../connection.ts';
import { defineCommand } from '../define-command.ts';
import { keys } from '../keys.ts';
import { redisFailure } from '../redis-failure.ts';
import appendRowsScript from './append-rows.lua';
import beatScript from './beat.lua';
import clockScript from './clock.lua';
import { type LogClock, type LogPosition, newEpochName, toClock } from './log-clock.ts';
import {
  type AppendedRow,
  entriesOfRead,
  type NewLogRow,
  refusalOf,
  type StoredLogRow,
  type StreamEntry,
  toStoredRow,
} from './log-rows.ts';
import readClockScript from './read-clock.lua';
import readWatermarksScript from './read-watermarks.lua';
import reportGroupScript from './report-group.lua';
import rotateEpochScript from './rotate-epoch.lua';
import trimLogScript from './trim-log.lua';
import { createWaitingReader } from './waiting-reader.ts';

/** How long an event's id is remembered. */
export const SEEN_EVENT_LIFETIME_MS = 24 * 60 * 60 * 1_000;
/** How long a watermark is kept: views must live, physically, at most half as long. */
export const WATERMARK_LIFETIME_MS = 24 * 60 * 60 * 1_000;
/** Rows of one append. */
export const MAX_APPEND_ROWS = 100;

/**
 * The log as Redis holds it. Every call but readAfter compares the server's run_id with the one that
 * the epoch was made under, in the same script that does its work, and rotates the epoch when they
 * differ. Rejects with upstream_timeout, upstream_unavailable or upstream_failed; after the first
 * two a write may have happened, and an append may simply be repeated.
 */
export interface LogStore {
  /** A reading by way of a write: what proves that this Redis can still be written to. */
  beat(): Promise<LogClock>;
  read(): Promise<LogClock>;
  /**
   * All or nothing, in one round trip; at most 100 rows. With `epoch`, rejects with
   * log_epoch_changed when the log's is another, and nothing is appended.
   */
  append(
    rows: readonly NewLogRow[],
    options?: { readonly epoch?: string },
  ): Promise<readonly AppendedRow[]>;
  /**
   * Rows with a greater seq, in order. Does not look at the epoch: rows name theirs. With `blockMs`
   * it waits for the first one, on a connection of its own that is opened then; one that stays
   * silent for a second more is broken off. An aborted wait returns no rows.
   */
  readAfter(
    seq: number,
    options: { readonly count: number; readonly blockMs?: number; readonly signal?: AbortSignal },
  ): Promise<readonly StoredLogRow[]>;
  /** The last rows before `seq` (undefined: of all), newest first. */
  readBefore(
    seq: number | undefined,
    options: { readonly count: number },
  ): Promise<readonly StoredLogRow[]>;
  /** For each tag the seq of the last row that named it, 0 for none within WATERMARK_LIFETIME_MS. */
  watermarks(
    tags: readonly string[],
  ): Promise<{ readonly position: LogClock; readonly marks: readonly number[] }>;
  /** Begins a new epoch; with `from`, only when that is still the present one. */
  rotateEpoch(from?: string): Promise<LogClock>;
  /** Tells how far a group of followers has read: what it has not is kept. */
  reportGroup(group: string, position: LogPosition): Promise<void>;
  /** How far each group has read, by its last report. */
  groups(): Promise<readonly { readonly group: string; readonly position: LogPosition }[]>;
  /**
   * Deletes rows that are older than `keptMs` and read by every group; resolves with how many. Ages
   * are known as finely as this is called often. A group that has not reported for
   * `silentGroupsKeptMs` (a week unless told) is forgotten and named: it holds nothing back any more.
   */
  trimRead(
    keptMs: number,
    options?: { readonly silentGroupsKeptMs?: number },
  ): Promise<{ readonly deleted: number; readonly forgottenGroups: readonly string[] }>;
  /** Deletes rows with a lesser seq, read or not; returns how many. */
  trim(beforeSeq: number): Promise<number>;
  /** What the server's memory holds and may hold; `maxBytes` is 0 when it has no limit. */
  memory(): Promise<{ readonly usedBytes: number; readonly maxBytes: number }>;
  /** Refuses further calls. The connection that was given stays its owner's. */
  close(): Promise<void>;
}

const clockCommand = (script: string) => defineCommand(`${clockScript}\n${script}`);
const appendRows = clockCommand(appendRowsScript);
const beatClock = clockCommand(beatScript);
const readClock = clockCommand(readClockScript);
const readWatermarks = clockCommand(readWatermarksScript);
const rotateClock = clockCommand(rotateEpochScript);
const trimLog = clockCommand(trimLogScript);
const reportGroup = defineCommand(reportGroupScript, 2);

/** Some two milliseconds of the server's time. */
const TRIMMED_AT_ONCE = 5_000;

/** As long as followers remember what they have handled: a group that comes back later starts anew. */
const SILENT_GROUPS_KEPT_MS = 7 * 24 * 60 * 60 * 1_000;

const GROUP_KEYS = [keys.log.groups(), keys.log.groupSightings()] as const;
const CLOCK_KEYS = [keys.log.clock(), keys.log.stream()] as const;

export function createLogStore(options: {
  readonly connection: RedisConnection;
  readonly logger: Logger;
}): LogStore {
  const { connection, logger } = options;
  const { client } = connection;
  const waiting = createWaitingReader(connection);
  let isClosed = false;

  const run = async <Result>(command: () => Promise<Result>): Promise<Result> => {
    if (isClosed) throw appError('shutting_down', { privateDetail: 'the log store is closed' });
    try {
      return await command();
    } catch (err) {
      throw redisFailure(err, connection.options.commandTimeoutMs);
    }
  };
  const clockOf = async (command: Promise<unknown>) => toClock(await command);
  const rotateEpoch = (from = '') =>
    run(() => clockOf(rotateClock(client, CLOCK_KEYS, [newEpochName(), from])));

  const append = async (
    rows: readonly NewLogRow[],
    expectedEpoch = '',
  ): Promise<readonly AppendedRow[]> => {
    if (rows.length === 0) return [];
    const args = appendArguments(rows, expectedEpoch);
    const reply = await run(() => appendRows(client, appendKeys(rows), args)).catch(
      async (err: AppError) => {
        // Somebody has put the clock back: a new epoch begins after the stream's last id.
        if (!err.message.includes(ID_BEHIND_STREAM)) throw err;
        logger.error({ err }, 'the log’s clock was behind its stream');
        await rotateEpoch();
        throw upstreamUnavailable('redis', 'the log’s clock was put right', { cause: err });
      },
    );
    return toAppended(reply, expectedEpoch);
  };

  return {
    beat: () => run(() => clockOf(beatClock(client, CLOCK_KEYS, [newEpochName()]))),
    read: () => run(() => clockOf(readClock(client, CLOCK_KEYS, [newEpochName()]))),
    append: (rows, { epoch } = {}) => append(rows, epoch),
    readAfter: async (seq, { count, blockMs, signal }) => {
      const reply =
        blockMs === undefined
          ? await run(() => client.xread('COUNT', count, 'STREAMS', keys.log.stream(), `${seq}-0`))
          : await run(() => waiting.read({ seq, count, blockMs, signal }));
      return entriesOfRead(reply).map(toStoredRow);
    },
    watermarks: async (tags) => {
      const watermarkKeys = [...CLOCK_KEYS, ...tags.map(keys.log.watermark)];
      const reply = await run(() => readWatermarks(client, watermarkKeys, [newEpochName()]));
      return { position: toClock(reply), marks: (reply as readonly number[]).slice(3) };
    },
    rotateEpoch,
    reportGroup: (group, { epoch, seq }) =>
      run(async () => void (await reportGroup(client, GROUP_KEYS, [group, `${epoch}.${seq}`]))),
    groups: () => run(async () => toGroups(await client.hgetall(keys.log.groups()))),
    trimRead: (keptMs, { silentGroupsKeptMs = SILENT_GROUPS_KEPT_MS } = {}) =>
      run(async () => {
        const [groups, sightings] = GROUP_KEYS;
        const trimKeys = [...CLOCK_KEYS, groups, keys.log.checkpoints(), sightings];
        const forgottenGroups: string[] = [];
        for (let deleted = 0; ; ) {
          const args = [newEpochName(), keptMs, TRIMMED_AT_ONCE, silentGroupsKeptMs];
          const reply = await trimLog(client, trimKeys, args);
          const [count, ...forgotten] = reply as readonly [number, ...string[]];
          deleted += count;
          forgottenGroups.push(...forgotten);
          if (count < TRIMMED_AT_ONCE) return { deleted, forgottenGroups };
        }
      }),
    readBefore: async (seq, { count }) => {
      const end = seq === undefined ? '+' : `(${seq}-0`;
      const reply = await run(() => client.xrevrange(keys.log.stream(), end, '-', 'COUNT', count));
      return (reply as readonly StreamEntry[]).map(toStoredRow);
    },
    memory: () =>
      run(async () => {
        const told = await client.info('memory');
        const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(told)?.[1]);
        return { usedBytes: read('used_memory') || 0, maxBytes: read('maxmemory') || 0 };
      }),
    trim: (beforeSeq) => run(() => client.xtrim(keys.log.stream(), 'MINID', '=', `${beforeSeq}-0`)),
    close: async () => {
      isClosed = true;
      await waiting.close();
    },
  };
}

const ID_BEHIND_STREAM = 'equal or smaller than the target stream top item';

function appendKeys(rows: readonly NewLogRow[]): string[] {
  return [
    ...CLOCK_KEYS,
    ...rows.flatMap((row) => [markKey(row), ...row.tags.map(keys.log.watermark)]),
  ];
}

/** As the script has it. With 4,096 the allocator would give each chunk a sixth more. */
const SLOTS = 4_000;

function markKey({ id, outbox }: NewLogRow): string {
  if (outbox === undefined) return keys.log.seenEvent(id);
  return keys.log.seenSlots(outbox.source, Math.floor(outbox.seq / SLOTS));
}

function appendArguments(rows: readonly NewLogRow[], expectedEpoch: string): (string | number)[] {
  if (rows.length > MAX_APPEND_ROWS) {
    throw new RangeError(`${rows.length} rows in one append; at most ${MAX_APPEND_ROWS}`);
  }
  const head = [expectedEpoch, newEpochName(), SEEN_EVENT_LIFETIME_MS, WATERMARK_LIFETIME_MS];
  return [
    ...head,
    rows.length,
    ...rows.flatMap((row) => {
      const { id, tags, isReplay, json, outbox } = row;
      const refusal = refusalOf(row);
      if (refusal !== undefined) throw new TypeError(`row ${id} is refused: ${refusal}`);
      const slot = outbox === undefined ? '' : outbox.seq % SLOTS;
      return [id, tags.length, tags.join(','), isReplay ? '1' : '0', json, slot];
    }),
  ];
}

function toGroups(reply: Readonly<Record<string, string>>) {
  return Object.entries(reply).map(([group, place]) => {
    const dot = place.lastIndexOf('.');
    return { group, position: { epoch: place.slice(0, dot), seq: Number(place.slice(dot + 1)) } };
  });
}

function toAppended(reply: unknown, expectedEpoch: string): readonly AppendedRow[] {
  const [outcome, epoch, , ...rest] = reply as readonly [string, string, number, ...unknown[]];
  if (outcome === 'refused') {
    throw appError('log_epoch_changed', { privateDetail: `from ${expectedEpoch} to ${epoch}` });
  }
  return Array.from({ length: rest.length / 3 }, (_, i) => {
    const [rowEpoch, seq, duplicate] = rest.slice(i * 3, i * 3 + 3) as [string, number, number];
    return { position: { epoch: rowEpoch, seq }, isDuplicate: duplicate === 1 };
  });
}
