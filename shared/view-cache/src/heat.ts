import type { Metrics } from '@cloudphone/runtime';
import type { CacheCore } from './core.ts';
import type { Entry } from './entry.ts';
import { refresh } from './read-view.ts';
import { recipeOf } from './recipes.ts';
import { viewNameIn } from './view-key.ts';

/** Which answers are asked for most: on this node, and, told to Redis, in the cluster. */
export interface Heat {
  /** Of this node, hottest first. */
  hottest(limit: number): readonly string[];
  /** Of this node, all answers of a view together, for each view that was ever asked for. */
  readonly byView: ReadonlyMap<string, number>;
  /** Counts what was asked for since the last time, halves what was before, tells Redis. */
  merge(): Promise<void>;
  /** Something has changed: hot answers that it dropped are loaded before anybody asks. */
  onChange(): void;
  close(): void;
}

const MERGE_EVERY_MS = 10_000;
const MOST_TOLD = 100;
const MOST_REFRESHED = 50;
/** Changes come in flocks: one look at the hot answers serves them all. */
const REFRESH_AFTER_MS = 50;
/** Asked for less often than this in ten seconds, nobody minds a load. */
const HOT_FROM = 5;

export function createHeat(core: CacheCore, { metrics }: { readonly metrics: Metrics }): Heat {
  const tell = metrics.gauge({
    name: 'cloudphone_view_heat',
    help: 'Hits in the memory of this process in the last ten seconds, and half of it as it was before.',
    labels: ['view'],
  });
  const byView = new Map<string, number>();
  let scores = new Map<string, number>();
  let hot: readonly string[] = [];
  let cancelMerge = () => {};
  let cancelRefresh: (() => void) | undefined;

  const count = (): void => {
    const next = new Map<string, number>();
    for (const [key, score] of scores) if (score >= 1) next.set(key, score / 2);
    for (const [key, entry] of core.complete.entries()) {
      if (entry.hits > 0) next.set(key, (next.get(key) ?? 0) + entry.hits);
      entry.hits = 0;
    }
    scores = next;
    hot = [...next.keys()].sort((a, b) => (next.get(b) ?? 0) - (next.get(a) ?? 0));
    for (const view of byView.keys()) byView.set(view, 0);
    for (const [key, score] of next) {
      const view = viewNameIn(key);
      byView.set(view, (byView.get(view) ?? 0) + score);
    }
    for (const [view, heat] of byView) tell(heat, { view });
  };
  const merge = async (): Promise<void> => {
    count();
    const told = hot.slice(0, MOST_TOLD).flatMap((key) => {
      const request = core.recipes.find(key);
      return request
        ? [{ recipe: JSON.stringify(recipeOf(request)), heat: scores.get(key) ?? 0 }]
        : [];
    });
    if (told.length > 0) await core.store.ask((store) => store.addHeat(told));
  };
  const mergeLater = (): void => {
    cancelMerge = core.clock.after(MERGE_EVERY_MS, () => {
      merge().catch((err: unknown) => core.logger.debug({ err }, 'heat was not told to Redis'));
      mergeLater();
    });
  };
  const refreshHot = (): void => {
    cancelRefresh = undefined;
    if (!core.feed.isTrusted) {
      // It has only stood still, most likely: looked at again then.
      cancelRefresh = core.clock.after(REFRESH_AFTER_MS, refreshHot);
      return;
    }
    const nowMs = core.clock.monotonicMs();
    for (const key of hot.slice(0, MOST_REFRESHED)) {
      const request = core.recipes.find(key);
      const entry = core.complete.get(key);
      if (request && entry && isHot(key) && isDropped(entry, nowMs)) refresh(core, request, entry);
    }
  };
  const isHot = (key: string): boolean => (scores.get(key) ?? 0) >= HOT_FROM;
  const isDropped = (entry: Entry, nowMs: number): boolean =>
    core.marks.check(entry, nowMs) === 'changed';

  mergeLater();
  return {
    hottest: (limit) => hot.slice(0, limit),
    byView,
    merge,
    onChange: () => {
      if (hot.length === 0) return;
      cancelRefresh ??= core.clock.after(REFRESH_AFTER_MS, refreshHot);
    },
    close: () => {
      cancelMerge();
      cancelRefresh?.();
    },
  };
}
