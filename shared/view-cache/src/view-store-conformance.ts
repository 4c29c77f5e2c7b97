import { randomId } from '@cloudphone/runtime';
import { until } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Position } from './position.ts';
import type { ViewStore } from './view-store.ts';

/** A second tier with a log beside it, both the test's alone; what is opened ends with the test. */
export interface StoreWorld {
  /** As another process would open it. */
  openStore(options?: {
    readonly maxBytes?: number;
    /** How long an answer is waited for: longer than any test takes, unless told. */
    readonly patienceMs?: number;
  }): Promise<ViewStore>;
  append(tags: readonly string[]): Promise<Position>;
  rotateEpoch(): Promise<Position>;
  /** Nothing answers any more, for good. */
  hang(): Promise<void>;
}

const frameOf = (text: string): Buffer => Buffer.from([0, 255, 10, 13, ...Buffer.from(text), 128]);
const LONG_MS = 60_000;

/** What a view cache relies on in its second tier. */
export function viewStoreConformance(name: string, openWorld: () => Promise<StoreWorld>): void {
  describe(`${name}, as a tier of views`, () => {
    let world: StoreWorld;
    let store: ViewStore;
    let other: ViewStore;
    beforeEach(async () => {
      world = await openWorld();
      store = await world.openStore();
      other = await world.openStore();
    });

    test('gives back the bytes that any process stored last, with the log’s position', async () => {
      const position = await world.append(['a']);
      expect(await store.lookUp('k')).toEqual({ position, frame: undefined });
      expect(await store.find('k')).toBeUndefined();
      await other.store('k', frameOf('first'), LONG_MS);
      await other.store('k', frameOf('second'), LONG_MS);
      expect(await store.lookUp('k')).toEqual({ position, frame: frameOf('second') });
      expect(await store.find('k')).toEqual(frameOf('second'));
      expect((await store.lookUp('l')).frame).toBeUndefined();
    });

    test('a look-up never gives a position from before it was asked', async () => {
      for (let round = 0; round < 50; round++) {
        const { epoch, seq } = await world.append([`tag-${round}`]);
        const { position } = await store.lookUp('k');
        expect([position.epoch, position.seq >= seq]).toEqual([epoch, true]);
      }
    });

    test('forgets what was stored when its time is over', async () => {
      await store.store('k', frameOf('short'), 40);
      await store.store('l', frameOf('long'), LONG_MS);
      await until(async () => (await other.find('k')) === undefined);
      expect(await other.find('l')).toEqual(frameOf('long'));
    });

    test('says when each tag last changed, as at one position', async () => {
      const a = await world.append(['a', 'both']);
      const b = await world.append(['b', 'both']);
      expect(await store.watermarks(['a', 'b', 'both', 'never'])).toEqual({
        position: b,
        marks: [a.seq, b.seq, b.seq, 0],
      });
      expect(await store.watermarks([])).toEqual({ position: b, marks: [] });
    });

    test('tells of a new epoch in every answer that has a position', async () => {
      const before = await world.append(['a']);
      const { epoch } = await world.rotateEpoch();
      expect(epoch).not.toBe(before.epoch);
      expect((await store.lookUp('k')).position.epoch).toBe(epoch);
      expect((await store.watermarks(['a'])).position.epoch).toBe(epoch);
    });

    test('a lease has one holder, of however many ask at once, until it gives it back or is gone', async () => {
      const holders = Array.from({ length: 20 }, () => randomId());
      const taken = await Promise.all(
        holders.map((holder, i) => (i % 2 ? store : other).takeLease('k', holder, LONG_MS)),
      );
      expect(taken.filter(Boolean)).toHaveLength(1);
      const holder = holders[taken.indexOf(true)] ?? '';
      expect(await other.renewLease('k', 'somebody else', LONG_MS)).toBe(false);
      await other.releaseLease('k', 'somebody else');
      expect(await store.renewLease('k', holder, LONG_MS)).toBe(true);
      await store.releaseLease('k', holder);
      expect(await other.takeLease('k', 'next', 30)).toBe(true);
      expect(await store.takeLease('l', 'another key', LONG_MS)).toBe(true);
      await until(() => store.takeLease('k', 'after a death', LONG_MS));
    });

    test('a lease that is given back wakes every process', async () => {
      const heard: string[] = [];
      store.onReleased((key) => heard.push(`store ${key}`));
      other.onReleased((key) => heard.push(`other ${key}`));
      // Whoever listens may miss what is said while it is connecting.
      await until(async () => {
        await store.takeLease('k', 'a', LONG_MS);
        await store.releaseLease('k', 'a');
        return heard.includes('store k') && heard.includes('other k');
      });
      expect(new Set(heard)).toEqual(new Set(['store k', 'other k']));
    });

    test('lists keys by their beginning, taken by the letter, as many as asked for', async () => {
      for (const key of ['home:*', 'home:1', 'home?x', 'device:[1]']) {
        await store.store(key, frameOf(key), LONG_MS);
      }
      await store.takeLease('home:lease', 'a', LONG_MS);
      const listed = async (prefix: string) => [...(await other.listKeys(prefix, 10))].sort();
      expect(await listed('home:')).toEqual(['home:*', 'home:1']);
      expect(await listed('home:*')).toEqual(['home:*']);
      expect(await listed('device:[1]')).toEqual(['device:[1]']);
      expect(await listed('')).toHaveLength(4);
      expect(await other.listKeys('', 2)).toHaveLength(2);
    });

    test('adds up what processes tell of heat, the hottest first', async () => {
      await store.addHeat([
        { recipe: 'a', heat: 3 },
        { recipe: 'b', heat: 2 },
      ]);
      await other.addHeat([
        { recipe: 'b', heat: 2 },
        { recipe: 'c', heat: 1 },
      ]);
      expect(await store.hottest(2)).toEqual(['b', 'a']);
      expect(await other.hottest(10)).toEqual(['b', 'a', 'c']);
    });

    test('all entries together stay within their budget, those go first that end first', async () => {
      const maxBytes = 200_000;
      const small = [await world.openStore({ maxBytes }), await world.openStore({ maxBytes })];
      const kept = frameOf('x'.repeat(1_000));
      let weight = 0;
      for (let n = 0; n < 400; n++) {
        // The later they are stored, the longer they live.
        const store = small[n % 2] as ViewStore;
        weight = await store.store(`entry-${n}`, kept, LONG_MS + n * 1_000);
        expect(weight).toBeLessThanOrEqual(maxBytes);
      }
      const left = await other.listKeys('entry-', 1_000);
      expect(weight).toBeGreaterThan(maxBytes / 2);
      expect(left.length * kept.length).toBeLessThan(maxBytes);
      expect(left).toContain('entry-399');
      // At random, but not by chance: of the older half hardly anything is left.
      const old = left.filter((key) => Number(key.slice('entry-'.length)) < 200);
      expect(old.length).toBeLessThan(left.length / 4);
    });

    test('what is overwritten or over counts once or not at all, and what is huge is not kept', async () => {
      const maxBytes = 200_000;
      const small = await world.openStore({ maxBytes });
      const once = await small.store('k', frameOf('x'.repeat(1_000)), LONG_MS);
      expect(await small.store('k', frameOf('x'.repeat(1_000)), LONG_MS)).toBe(once);
      await small.store('short', frameOf('x'.repeat(1_000)), 20);
      await until(async () => (await small.find('short')) === undefined);
      const two = await small.store('l', frameOf('x'.repeat(1_000)), LONG_MS);
      expect(two).toBe(2 * once);
      expect(await small.store('huge', frameOf('x'.repeat(maxBytes / 10)), LONG_MS)).toBe(two);
      expect(await small.find('huge')).toBeUndefined();
    });

    test('rejects, rather than saying that there is nothing, when it does not answer', async () => {
      const impatient = await world.openStore({ patienceMs: 300 });
      await store.store('k', frameOf('there'), LONG_MS);
      await world.hang();
      const asked = await Promise.allSettled([
        impatient.lookUp('k'),
        impatient.find('k'),
        impatient.store('k', frameOf('new'), LONG_MS),
        impatient.watermarks(['a']),
        impatient.takeLease('k', 'a', LONG_MS),
        impatient.listKeys('', 10),
      ]);
      expect(asked.map(({ status }) => status)).toEqual(asked.map(() => 'rejected'));
    });
  });
}
