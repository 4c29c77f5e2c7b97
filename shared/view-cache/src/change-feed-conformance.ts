import { connectRedis, createLogStore, keys, type LogStore, whenReady } from '@cloudphone/redis';
import { randomId, silentLogger } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Change, ChangeClass, ChangeFeed, Reset } from './change-feed.ts';
import type { Position } from './position.ts';

/** Whoever owns a feed calls these. */
export interface FeedListener {
  applyChange(change: Change): void;
  reset(reset: Reset): void;
}

export interface FeedUnderTest {
  /** The JSON of a log row whose change is of this class. */
  rowJson(changeClass: ChangeClass): string;
  /** Resolves when it has told its listener where it begins. */
  open(options: {
    readonly store: LogStore;
    /** The same log over a connection of its own, which may be blocked. */
    readonly reader: LogStore;
    readonly listener: FeedListener;
    readonly heartbeatMs: number;
  }): Promise<ChangeFeed & { close(): Promise<void> }>;
}

const HEARTBEAT_MS = 100;
const LONG_MS = 60_000;

interface Heard {
  readonly changes: Change[];
  readonly resets: Reset[];
  /** What the feed said was applied while it handed a change on. */
  readonly appliedMeanwhile: (Position | undefined)[];
}

/** What a view cache relies on in whatever follows a log for it. */
export function changeFeedConformance(name: string, underTest: FeedUnderTest): void {
  describe(`${name}, as a change feed`, () => {
    let world: Awaited<ReturnType<typeof openLog>>;
    beforeEach(async () => {
      world = await openLog((changeClass) => underTest.rowJson(changeClass));
    });

    const open = async (heartbeatMs = HEARTBEAT_MS) => {
      const heard: Heard = { changes: [], resets: [], appliedMeanwhile: [] };
      let feed: ChangeFeed | undefined;
      const listener: FeedListener = {
        applyChange: (change) => {
          heard.changes.push(change);
          heard.appliedMeanwhile.push(feed?.applied);
        },
        reset: (reset) => void heard.resets.push(reset),
      };
      const store = await world.openStore();
      const reader = await world.openStore();
      const opened = await underTest.open({ store, reader, listener, heartbeatMs });
      whenDone(() => opened.close());
      feed = opened;
      return { feed: opened, heard };
    };
    const seqsOf = ({ changes }: Heard) => changes.map(({ position }) => position.seq);

    test('begins where the log is, says so, and is trusted', async () => {
      const position = await world.append(['a']);
      const { feed, heard } = await open();
      expect(heard.resets).toEqual([{ reason: 'start', position }]);
      expect(heard.changes).toEqual([]);
      expect(feed.applied).toEqual(position);
      await until(() => feed.isTrusted);
    });

    test('hands on every change once, in order, with its tags and class, before it counts as applied', async () => {
      const { feed, heard } = await open();
      const first = await world.append(['a', 'b']);
      const last = await world.append(['c'], 'access');
      expect(await feed.waitFor(last, 30_000)).toBe(true);
      expect(
        heard.changes.map(({ position, tags, class: changeClass }) => [
          position,
          tags,
          changeClass,
        ]),
      ).toEqual([
        [first, ['a', 'b'], 'fact'],
        [last, ['c'], 'access'],
      ]);
      expect(heard.appliedMeanwhile.map((applied) => applied?.seq)).toEqual([
        first.seq - 1,
        last.seq - 1,
      ]);
      expect(feed.applied).toEqual(last);
    });

    test('waits for a position no longer than told, and not for one of another epoch', async () => {
      const { feed } = await open();
      const { epoch = '', seq = 0 } = feed.applied ?? {};
      expect(await feed.waitFor({ epoch, seq }, 0)).toBe(true);
      expect(await feed.waitFor({ epoch, seq: seq + 1 }, 10)).toBe(false);
      expect(await feed.waitFor({ epoch: 'another', seq: 0 }, 10)).toBe(false);
    });

    test('loses nothing when its connections break', async () => {
      const { feed, heard } = await open();
      const appended: number[] = [];
      for (let round = 0; round < 5; round++) {
        await world.cutConnections();
        for (let i = 0; i < 3; i++) {
          appended.push((await until(() => world.append(['a']))).seq);
        }
      }
      await until(() => feed.applied?.seq === appended.at(-1));
      // One whose answer was lost is there twice: nothing of the log is missing here.
      expect(seqsOf(heard)).toEqual(Array.from({ length: appended.at(-1) ?? 0 }, (_, i) => i + 1));
      expect(heard.resets).toHaveLength(1);
    });

    test('says that it missed rows which are gone, and goes on after them', async () => {
      const { feed, heard } = await open();
      const position = await world.appendAfterHole(['a']);
      await until(() => feed.applied?.seq === position.seq);
      const lost = { epoch: position.epoch, seq: position.seq - 1 };
      expect(heard.resets.slice(1)).toEqual([{ reason: 'trimmed', position: lost }]);
      expect(seqsOf(heard)).toEqual([position.seq]);
    });

    test('says when the log has a new epoch, and goes on in it', async () => {
      const { feed, heard } = await open();
      await world.append(['a']);
      const { epoch } = await world.rotateEpoch();
      await until(() => feed.applied?.epoch === epoch);
      expect(heard.resets.at(-1)).toMatchObject({ reason: 'epoch', position: { epoch } });
      const position = await world.append(['b']);
      expect(await feed.waitFor(position, 30_000)).toBe(true);
      expect(heard.changes.at(-1)).toMatchObject({ position, tags: ['b'] });
      await until(() => feed.isTrusted);
    });

    test('told of a position of an epoch that it does not know, it looks at once', async () => {
      const { feed } = await open(LONG_MS);
      const position = await world.rotateEpoch();
      feed.observe(position);
      await until(() => feed.applied?.epoch === position.epoch);
    });

    test('is not trusted two heartbeats after the log went silent, and again when it has caught up', async () => {
      const { feed, heard } = await open();
      await until(() => feed.isTrusted);
      await world.hang();
      await until(() => !feed.isTrusted);
      await world.goOn();
      const position = await until(() => world.append(['a']));
      await until(() => feed.isTrusted && feed.applied?.seq === position.seq);
      expect(seqsOf(heard)).toContain(position.seq);
    });
  });
}

async function openLog(rowJson: FeedUnderTest['rowJson']) {
  const redis = await testRedis();
  const connect = async (name: string, patience: { commandTimeoutMs?: number } = {}) => {
    const options = { url: redis.url, name, manner: 'fail-fast', logger: silentLogger } as const;
    const connection = connectRedis({ ...options, ...patience });
    whenDone(() => connection.close());
    await whenReady(connection, 5_000);
    return connection;
  };
  const connection = await connect('writer', { commandTimeoutMs: 20_000 });
  const log = createLogStore({ connection, logger: silentLogger });
  return {
    openStore: async () =>
      createLogStore({ connection: await connect('feed'), logger: silentLogger }),
    append: async (
      tags: readonly string[],
      changeClass: ChangeClass = 'fact',
    ): Promise<Position> => {
      const [row] = await log.append([{ id: randomId(), tags, json: rowJson(changeClass) }]);
      if (row === undefined) throw new Error('nothing was appended');
      return row.position;
    },
    /** A row before which one is missing, as after a trim. */
    appendAfterHole: async (tags: readonly string[]): Promise<Position> => {
      const { epoch, seq: before } = await log.read();
      const seq = before + 2;
      const row = { epoch, id: randomId(), tags: tags.join(), replay: '0', json: rowJson('fact') };
      await connection.client
        .multi()
        .hset(keys.log.clock(), { seq })
        .xadd(keys.log.stream(), `${seq}-0`, ...Object.entries(row).flat())
        .exec();
      return { epoch, seq };
    },
    rotateEpoch: () => log.rotateEpoch(),
    cutConnections: () => connection.client.call('CLIENT', 'KILL', 'TYPE', 'normal'),
    hang: () => redis.pause(),
    goOn: () => redis.resume(),
  };
}
