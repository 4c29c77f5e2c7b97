import { setImmediate } from 'node:timers';
import type { Metrics } from '@cloudphone/runtime';
import { composeBody } from './compose-answer.ts';
import type { CacheCore } from './core.ts';
import { type Entry, etagOf } from './entry.ts';
import { loadView } from './load-view.ts';
import type { ViewRequest } from './reader.ts';
import { createRecorder } from './recorder.ts';
import { toldBefore } from './told-before.ts';
import { scopeFor } from './view-key.ts';

/** `superseded`: it differs, because of a change that the log has told of meanwhile. */
export type ShadowVerdict = 'match' | 'superseded' | 'stale' | 'skipped';

export interface ShadowCounts {
  readonly match: number;
  readonly superseded: number;
  readonly stale: number;
  readonly skipped: number;
}

/** Re-reads a sample of hits from the source: how often what was shown was not what was true. */
export interface ShadowValidator {
  /** Takes one hit in so many, and none within a second of another: it costs as much as a load. */
  offer(key: string, entry: Entry): void;
  validate(request: ViewRequest, entry: Entry): Promise<ShadowVerdict>;
  readonly counts: ShadowCounts;
  /** Stale answers in a million validated ones. */
  readonly stalePpm: number;
}

/** A change that is committed may take this long to be in the log and known here. */
const GRACE_MS = 2_000;
const ASK_EVERY_MS = 50;
/** However many hits there are: what a process saves its services must not come back to them. */
const APART_MS = 1_000;

export function createShadowValidator(
  core: CacheCore,
  options: { readonly metrics: Metrics; readonly oneIn: number },
): ShadowValidator {
  const { clock } = core;
  const counts = { match: 0, superseded: 0, stale: 0, skipped: 0 };
  let untilNext = options.oneIn;
  let isBusy = false;
  let notBeforeMs = 0;
  const stalePpm = (): number => {
    const validated = counts.match + counts.superseded + counts.stale;
    return validated === 0 ? 0 : (counts.stale * 1e6) / validated;
  };
  const tell = options.metrics.gauge({
    name: 'cloudphone_view_stale_ppm',
    help: 'Cached answers that the source contradicts without the log knowing why, in a million.',
  });

  const isSuperseded = async (entry: Entry): Promise<boolean> => {
    const giveUpAtMs = clock.monotonicMs() + GRACE_MS;
    for (;;) {
      const nowMs = clock.monotonicMs();
      if (core.marks.check(entry, nowMs) !== 'valid' || nowMs >= entry.changesAtMs) return true;
      if (nowMs >= giveUpAtMs) return false;
      await new Promise<void>((resolve) => clock.after(ASK_EVERY_MS, resolve));
    }
  };

  const validate = async (request: ViewRequest, entry: Entry): Promise<ShadowVerdict> => {
    const verdict = await judge(request, entry);
    counts[verdict]++;
    tell(stalePpm());
    if (verdict === 'stale') {
      core.logger.error({ key: request.key, tags: entry.tags }, 'a cached view was not true');
    }
    return verdict;
  };
  const judge = async (request: ViewRequest, entry: Entry): Promise<ShadowVerdict> => {
    const etag = await loadEtag(core, request);
    if (etag === undefined) return 'skipped';
    if (etag === entry.etag) return 'match';
    return (await isSuperseded(entry)) ? 'superseded' : 'stale';
  };
  const take = async (key: string, entry: Entry): Promise<void> => {
    const request = core.recipes.find(key);
    if (request === undefined || isBusy) return;
    const nowMs = clock.monotonicMs();
    if (nowMs < notBeforeMs) return;
    notBeforeMs = nowMs + APART_MS;
    isBusy = true;
    try {
      await validate(request, entry);
    } finally {
      isBusy = false;
    }
  };

  return {
    offer: (key, entry) => {
      if (--untilNext > 0) return;
      untilNext = options.oneIn;
      // Not in the middle of a hit.
      setImmediate(() => void take(key, entry));
    },
    validate,
    counts,
    get stalePpm() {
      return stalePpm();
    },
  };
}

/** Undefined when the source gives no complete answer to compare with. */
async function loadEtag(core: CacheCore, request: ViewRequest): Promise<string | undefined> {
  const { view, key, params, scope } = request;
  const told = toldBefore(core, core.marks.position);
  const recorder = createRecorder(told);
  try {
    const loaded = await core.bulkhead.run(() =>
      loadView({
        key: `${key}#shadow`,
        view,
        params,
        scope: scopeFor(view, scope),
        sources: core.sources,
        recorder,
        start: 0,
        findLastPart: () => undefined,
        told,
        failing: core.failing,
        clock: core.clock,
        logger: core.logger,
      }),
    );
    const isComplete = loaded.degraded.length === 0 && loaded.stale.length === 0;
    if (!isComplete || loaded.absence !== undefined) return undefined;
    return etagOf(composeBody(loaded.body, loaded));
  } catch (err) {
    core.logger.debug({ err, key }, 'a view could not be validated');
    return undefined;
  }
}
