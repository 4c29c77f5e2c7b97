import { appError, deadlineExceeded, invalidInput } from '@cloudphone/errors';
import { type Clock, currentRequestContext } from '@cloudphone/runtime';
import type { CacheCore } from './core.ts';
import { createCore } from './create-core.ts';
import type { AnyView } from './define-view.ts';
import { createHeat, type Heat } from './heat.ts';
import { explainEntry, listEntries } from './inspect.ts';
import { peekView, readView } from './read-view.ts';
import type { ViewRequest } from './reader.ts';
import { createShadowValidator } from './shadow-validator.ts';
import type { Tally } from './tally.ts';
import type {
  ReadOptions,
  ViewCache,
  ViewCacheOptions,
  ViewCacheStats,
  ViewStats,
} from './view-cache.ts';
import { keyOfParsed, parseParams } from './view-key.ts';
import { type WarmUp, warmUp } from './warm-up.ts';
import { withinTime } from './within-time.ts';

const DEFAULT_DEADLINE_MS = 10_000;
const INVALIDATION_WAIT_MS = 1_000;
const WARM_EVERY_MS = 5 * 60_000;

export function createViewCache<Sources>(options: ViewCacheOptions<Sources>): ViewCache<Sources> {
  const core = createCore(options);
  const { clock, feed } = core;
  const views = new Map<string, AnyView>();
  const heat = createHeat(core, options);
  const { validateOneIn = 0 } = options;
  const shadow = createShadowValidator(core, { metrics: options.metrics, oneIn: validateOneIn });
  if (validateOneIn > 0) core.onHit = shadow.offer;

  const register = (view: AnyView): void => {
    const known = views.get(view.name);
    if (known === view) return;
    if (known !== undefined) {
      throw appError('internal', { privateDetail: `two views are named '${view.name}'` });
    }
    views.set(view.name, view);
  };
  for (const view of options.views ?? []) register(view as AnyView);

  const warm: ViewCache<Sources>['warm'] = async ({ limit = 100, ...wanted } = {}) => {
    if (wanted.view !== undefined && !views.has(wanted.view)) {
      throw invalidInput([{ path: 'view', message: `there is no view ${wanted.view}` }]);
    }
    await heat.merge();
    return await warmUp(core, views, { ...wanted, limit });
  };
  const stopWarming = options.views ? warmRegularly(core, warm) : () => {};

  const toRequest = (
    view: AnyView,
    params: unknown,
    { scope, token }: ReadOptions,
  ): ViewRequest => {
    register(view);
    const parsed = parseParams(view, params);
    const key = keyOfParsed(view, parsed, scope);
    return { view, key, params: parsed, scope, token };
  };

  return {
    read: async (view, params, readOptions) => {
      const request = toRequest(view as AnyView, params, readOptions);
      const hit = peekView(core, request, request.token);
      if (hit) return hit;
      core.recipes.note(request);
      const timeoutMs = readOptions.deadlineMs ?? requestTimeLeftMs(clock);
      return await withinTime(readView(core, request), {
        timeoutMs,
        clock,
        late: () => deadlineExceeded(`view ${view.name}`, timeoutMs),
      });
    },
    peek: (view, key, token) => peekView(core, { view: view as AnyView, key }, token),
    applyChange: (change) => {
      core.marks.apply(change);
      core.versions.learn(change);
      if (change.atMs !== undefined) core.weights.noteChange(change.atMs);
      heat.onChange();
    },
    reset: ({ position }) => {
      if (position.epoch !== core.marks.position?.epoch && !core.unsafe.skipEpoch) {
        core.complete.clear();
        core.incomplete.clear();
      }
      core.marks.reset(position);
      core.versions.reset(position);
    },
    stats: () => ({
      ...statsOf(core),
      views: statsByView(core, heat),
      hottest: heat.hottest(20),
      shadow: { ...shadow.counts, stalePpm: shadow.stalePpm },
    }),
    invalidate: async (tags) => {
      if (options.publishInvalidation === undefined) {
        throw appError('internal', { privateDetail: 'the cache was given no publishInvalidation' });
      }
      const position = await options.publishInvalidation(tags);
      await feed.waitFor(position, INVALIDATION_WAIT_MS);
      return position;
    },
    warm,
    listEntries: (listOptions = {}) => listEntries(core, listOptions),
    explain: (key) => explainEntry(core, key),
    settled: () => settled(core),
    close: async () => {
      heat.close();
      stopWarming();
      await settled(core);
      core.tallies.close();
      core.weights.close();
      await core.store.close();
    },
  };
}

function warmRegularly(core: CacheCore, warm: () => Promise<WarmUp>): () => void {
  let cancel = () => {};
  const warmLater = (): void => {
    cancel = core.clock.after(WARM_EVERY_MS, () => {
      warm().catch((err: unknown) => core.logger.debug({ err }, 'views were not warmed'));
      warmLater();
    });
  };
  warmLater();
  return () => cancel();
}

async function settled(core: CacheCore): Promise<void> {
  await core.flights.allLanded();
  await core.store.settled();
}

function requestTimeLeftMs(clock: Clock): number {
  const deadlineAtMs = currentRequestContext()?.deadlineAtMs;
  if (deadlineAtMs === undefined) return DEFAULT_DEADLINE_MS;
  return Math.max(0, deadlineAtMs - clock.monotonicMs());
}

function statsOf(core: CacheCore): Omit<ViewCacheStats, 'views' | 'hottest' | 'shadow'> {
  return {
    position: core.marks.position,
    isTrusted: core.feed.isTrusted,
    isStoreAway: core.store.isAway,
    memory: { bytes: core.complete.bytes, entries: core.complete.size },
    storedBytes: core.weights.storedBytes,
    watermarks: { tags: core.marks.size, floor: core.marks.floor },
    loads: { running: core.bulkhead.running, waiting: core.bulkhead.waiting },
  };
}

function statsByView(core: CacheCore, heat: Heat): ViewCacheStats['views'] {
  const statsOfView = ([view, tally]: [string, Tally]): [string, ViewStats] => [
    view,
    {
      ...tally,
      heat: heat.byView.get(view) ?? 0,
      memoryBytes: core.complete.bytesByView.get(view) ?? 0,
    },
  ];
  return Object.fromEntries([...core.tallies.all()].map(statsOfView));
}
