import { isAppError, toAppError, upstreamTimeout } from '@cloudphone/errors';
import {
  type Clock,
  continueTrace,
  currentRequestContext,
  type Logger,
  runInReadContext,
  runInRequestContext,
} from '@cloudphone/runtime';
import type { PartTiming } from './answer.ts';
import type { AnyView, LoadTools, Scope } from './define-view.ts';
import type { EntryPart } from './entry.ts';
import { type FailingSources, isSourceFailure } from './failing-sources.ts';
import { createRecorder, type Recorder, type ToldVersions } from './recorder.ts';
import { withinTime } from './within-time.ts';

export interface LoadRequest {
  readonly key: string;
  readonly view: AnyView;
  readonly params: unknown;
  readonly scope: Scope;
  readonly sources: unknown;
  readonly recorder: Recorder;
  /** The log's seq before the load. */
  readonly start: number;
  /** A part of the last complete answer, if it may still be shown. */
  findLastPart(part: string): EntryPart | undefined;
  readonly told: ToldVersions;
  readonly failing: FailingSources;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a load brought: a body, or the news that there is no such thing. */
export interface Loaded {
  readonly body: unknown;
  readonly absence: string | undefined;
  readonly parts: ReadonlyMap<string, EntryPart>;
  /** Parts that are null because their source failed. */
  readonly degraded: readonly string[];
  /** Parts taken from the last complete answer because their source failed, or from a laggard. */
  readonly stale: readonly string[];
  readonly timings: readonly PartTiming[];
  readonly durationMs: number;
}

/** Optional parts are given up this early, so that the rest is still answered within the budget. */
const PARTS_SHARE = 0.9;

/**
 * Runs a view's load on the view's own time, under nobody's identity and nobody's deadline: what it
 * reads depends on its key alone, whoever happens to wait for it. Throws what a required part threw.
 */
export async function loadView(request: LoadRequest): Promise<Loaded> {
  const { view, clock, recorder } = request;
  const beganAtMs = clock.monotonicMs();
  const parts = new Map<string, EntryPart>();
  const degraded: string[] = [];
  const stale: string[] = [];
  const timings: PartTiming[] = [];
  const recorders = new Map<string, Recorder>();

  const timed = async <Part>(part: string, load: () => Promise<Part>): Promise<Part> => {
    const partBeganAtMs = clock.monotonicMs();
    try {
      return await withinTime(load(), {
        timeoutMs: beganAtMs + view.budgetMs * PARTS_SHARE - partBeganAtMs,
        clock,
        late: () => upstreamTimeout(`${view.name}.${part}`, view.budgetMs),
      });
    } finally {
      timings.push({ part, durationMs: clock.monotonicMs() - partBeganAtMs });
    }
  };
  const recorded = async <Part>(
    part: string,
    load: () => Promise<Part>,
    toJson: (answer: Part) => string | undefined,
  ): Promise<Part> => {
    const partRecorder = createRecorder(request.told, recorder);
    recorders.set(part, partRecorder);
    const answer = await runInReadContext(partRecorder, () => timed(part, load));
    const tags = [...partRecorder.tags];
    parts.set(part, { start: request.start, tags, loadedAtMs: beganAtMs, json: toJson(answer) });
    return answer;
  };
  const fallBack = (part: string): unknown => {
    const last = request.findLastPart(part);
    if (last?.json === undefined) {
      degraded.push(part);
      return null;
    }
    stale.push(part);
    parts.set(part, last);
    return JSON.parse(last.json);
  };

  const tools: LoadTools<unknown> = {
    from: request.sources,
    scope: request.scope,
    required: (part, load) => recorded(part, load, () => undefined),
    optional: async <Part>(part: string, load: () => Promise<Part>): Promise<Part | null> => {
      const failureKey = `${request.key}#${part}`;
      if (request.failing.find(failureKey)) return fallBack(part) as Part | null;
      try {
        const answer = await recorded(part, () => orAbsent(load), JSON.stringify);
        request.failing.forget(failureKey);
        return answer;
      } catch (err) {
        // A load that met a laggard is done once more, and then asks again.
        if (isSourceFailure(err) && !recorder.isLagging) {
          request.failing.remember(failureKey, err);
        }
        request.logger.warn({ err, view: view.name, part }, 'a part of a view failed');
        return fallBack(part) as Part | null;
      }
    },
  };

  const finish = (body: unknown, absence: string | undefined): Loaded => ({
    body,
    absence,
    parts,
    degraded,
    stale: [...new Set([...stale, ...laggingParts(recorders, degraded)])],
    timings,
    durationMs: clock.monotonicMs() - beganAtMs,
  });
  const run = () => runInReadContext(recorder, () => view.load(request.params, tools));
  try {
    return finish(await withinBudget(request, run), undefined);
  } catch (err) {
    if (isAppError(err, 'not_found')) return finish(undefined, toAppError(err).message);
    throw err;
  }
}

/** Those that are shown and made of a laggard's answers. */
function laggingParts(
  recorders: ReadonlyMap<string, Recorder>,
  degraded: readonly string[],
): readonly string[] {
  return [...recorders].flatMap(([part, { laggingTags }]) =>
    laggingTags().length > 0 && !degraded.includes(part) ? [part] : [],
  );
}

async function orAbsent<Part>(load: () => Promise<Part>): Promise<Part | null> {
  try {
    return (await load()) ?? null;
  } catch (err) {
    if (isAppError(err, 'not_found')) return null;
    throw err;
  }
}

function withinBudget<Result>(request: LoadRequest, run: () => Promise<Result>): Promise<Result> {
  const { view, clock } = request;
  const context = {
    traceparent: continueTrace(currentRequestContext()?.traceparent),
    deadlineAtMs: clock.monotonicMs() + view.budgetMs,
  };
  // An author's load may throw before its first await: then too the answer is a rejection.
  const started = runInRequestContext(context, async () => run());
  return withinTime(started, {
    timeoutMs: view.budgetMs,
    clock,
    late: () => upstreamTimeout(`view ${view.name}`, view.budgetMs),
  });
}
