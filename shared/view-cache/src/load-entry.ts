import { upstreamUnavailable } from '@cloudphone/errors';
import { composeBody } from './compose-answer.ts';
import type { CacheCore } from './core.ts';
import { type Entry, type EntryPart, etagOf, holdEntry } from './entry.ts';
import { isSourceFailure } from './failing-sources.ts';
import type { Fill } from './flights.ts';
import { encodeFrame } from './frame.ts';
import { lifetimesFrom, refreshPointOf } from './freshness.ts';
import { type Loaded, loadView } from './load-view.ts';
import type { Mission } from './mission.ts';
import { includes, NOWHERE, type Position } from './position.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { toldBefore } from './told-before.ts';
import { scopeFor } from './view-key.ts';

/** How long an answer with a part missing or old is given again without asking. */
const INCOMPLETE_FOR_MS = 1_000;

interface Landing {
  readonly loaded: Loaded;
  readonly recorder: Recorder;
  readonly beganAtMs: number;
}

/** Loads the view and keeps what came, as far as it may be kept. Throws what the source threw. */
export async function loadEntry(
  core: CacheCore,
  mission: Mission,
  { isBlind }: { readonly isBlind: boolean },
): Promise<Fill> {
  const { key, view } = mission.request;
  const remembered = core.failing.find(key);
  if (remembered) throw remembered;
  return await core.bulkhead.run(async () => {
    try {
      const landing = await load(core, mission);
      core.failing.forget(key);
      const entry = toEntry(core, mission, landing);
      keep(core, mission, { entry, landing, isBlind });
      const { loadNumber } = mission.flight;
      const { timings } = landing.loaded;
      const { hasUntoldAnswer: isUntold } = landing.recorder;
      return { entry, tier: 'source', loadNumber, isTolerated: false, isUntold, isBlind, timings };
    } catch (err) {
      core.tallies.of(view.name).failures++;
      if (isSourceFailure(err)) core.failing.remember(key, err);
      core.logger.warn({ err, view: view.name }, 'a view could not be loaded');
      throw err;
    }
  });
}

async function load(core: CacheCore, mission: Mission): Promise<Landing> {
  const { flight } = mission;
  flight.loadNumber = core.flights.nextNumber();
  const known = core.marks.position;
  // Everything this node knows of happened before the first byte is asked for.
  if (known && (flight.start === undefined || includes(known, flight.start))) flight.start = known;
  try {
    const first = await loadOnce(core, mission);
    if (!first.recorder.isLagging) return first;
  } catch (err) {
    if (!flight.recorder?.isLagging) throw err;
  }
  // Once more: a source that is told of the version it has to have may find it.
  const { recorder, ...landing } = await loadOnce(core, mission);
  // An absence has no place for a mark, and what somebody lost is not shown marked either.
  if (recorder.isBehindAccess || (recorder.isLagging && landing.loaded.absence !== undefined)) {
    throw upstreamUnavailable(mission.request.view.name, 'its source lags behind the log');
  }
  return { recorder, ...landing };
}

async function loadOnce(core: CacheCore, { request, flight }: Mission): Promise<Landing> {
  const { view, key, params, scope } = request;
  const told = toldBefore(core, flight.start);
  const recorder = createRecorder(told);
  const beganAtMs = core.clock.monotonicMs();
  flight.recorder = recorder;
  core.tallies.of(view.name).loads++;
  const loaded = await loadView({
    key,
    view,
    params,
    scope: scopeFor(view, scope),
    sources: core.sources,
    recorder,
    start: flight.start?.seq ?? 0,
    findLastPart: (part) => findLastPart(core, { key, epoch: flight.start?.epoch }, part),
    told,
    failing: core.failing,
    clock: core.clock,
    logger: core.logger,
  });
  return { loaded, recorder, beganAtMs };
}

/** A part of the last complete answer, unless somebody may have lost the right to see it. */
function findLastPart(
  core: CacheCore,
  { key, epoch }: { readonly key: string; readonly epoch: string | undefined },
  part: string,
): EntryPart | undefined {
  const last = core.complete.get(key);
  if (last === undefined || last.epoch !== epoch) return undefined;
  if (core.clock.monotonicMs() >= last.servableUntilMs) return undefined;
  const found = last.parts.get(part);
  const seq = Math.max(found?.start ?? 0, last.validThrough);
  return found && !core.marks.isFinal(found.tags, { epoch, seq }) ? found : undefined;
}

function toEntry(core: CacheCore, mission: Mission, landing: Landing): Entry {
  const { request } = mission;
  const { loaded, recorder, beganAtMs: createdAtMs } = landing;
  const { absence, parts, degraded } = loaded;
  const stale = staleOf(request.view.name, landing);
  const { epoch, seq } = recorder.isLagging ? NOWHERE : startOf(core, mission);
  const isComplete = degraded.length === 0 && stale.length === 0;
  const body =
    absence === undefined ? composeBody(loaded.body, { degraded, stale }) : Buffer.alloc(0);
  const lifetimes = isComplete
    ? lifetimesFrom(request.view, { createdAtMs, isAbsent: absence !== undefined }, core.random)
    : {
        freshUntilMs: createdAtMs + INCOMPLETE_FOR_MS,
        servableUntilMs: createdAtMs + INCOMPLETE_FOR_MS,
      };
  const borrowed = stale.flatMap((part) => parts.get(part) ?? []);
  const toMonotonic = core.clock.monotonicMs() - core.clock.now();
  const entry = {
    epoch,
    start: Math.min(seq, ...borrowed.map(({ start }) => start)),
    tags: [...new Set([...recorder.tags, ...borrowed.flatMap(({ tags }) => tags)])],
    body,
    etag: etagOf(body),
    createdAtMs,
    ...lifetimes,
    changesAtMs: recorder.changesAtMs + toMonotonic,
    loadMs: loaded.durationMs,
    parts,
    degraded,
    stale,
    absence,
  };
  return holdEntry(entry, refreshPointOf(entry, core.random));
}

/** The view's own name when a laggard's answer belongs to no part, or is known as that only now. */
function staleOf(viewName: string, { loaded, recorder }: Landing): readonly string[] {
  return loaded.stale.length === 0 && recorder.laggingTags().length > 0 ? [viewName] : loaded.stale;
}

/**
 * Where the load began, by Redis' word, but no further than this node has been told by now: of rows
 * that it has not been told of it cannot say whether a laggard answered without them. A reader who
 * asked for a position gets it.
 */
function startOf(core: CacheCore, { flight, ahead }: Mission): Position {
  const { position } = core.marks;
  const start = core.unsafe.skipFence ? position : flight.start;
  if (start === undefined) return NOWHERE;
  if (ahead !== undefined || position?.epoch !== start.epoch) return start;
  return { epoch: start.epoch, seq: Math.min(start.seq, position.seq) };
}

function keep(
  core: CacheCore,
  { request }: Mission,
  { entry, landing, isBlind }: { entry: Entry; landing: Landing; isBlind: boolean },
): void {
  const { key, view } = request;
  if (!isKeepable(core, entry, landing.recorder)) return;
  if (entry.degraded.length > 0 || entry.stale.length > 0) {
    core.incomplete.delete(key);
    core.incomplete.put(key, entry);
    return;
  }
  core.incomplete.delete(key);
  core.complete.put(key, entry);
  const nowMs = core.clock.monotonicMs();
  const isOvertaken = core.marks.check(entry, nowMs) === 'changed';
  if (isOvertaken) core.tallies.of(view.name).rejected++;
  if (isBlind || (isOvertaken && view.toleratesChangeForMs === 0)) return;
  const ttlMs = entry.servableUntilMs - nowMs;
  if (ttlMs <= 0) return;
  const frame = encodeFrame({ entry, versions: [...landing.recorder.versions] }, core.clock);
  core.store
    .ask((store) => store.store(key, frame, ttlMs))
    .then(core.weights.noteStored)
    .catch((err: unknown) => core.logger.debug({ err, key }, 'a view was not stored'));
}

/** What cannot be dropped when it changes is not kept. */
function isKeepable(core: CacheCore, entry: Entry, recorder: Recorder): boolean {
  if (recorder.hasUntoldAnswer) return false;
  // What the log tells later of a row before its start would not drop it.
  if (!includes(core.marks.position, { epoch: entry.epoch, seq: entry.start })) return false;
  if (recorder.hasLostTags || recorder.openUnknown > 0) {
    // A part that failed is not in the answer, so what it would have read does not matter.
    return entry.degraded.length > 0;
  }
  return entry.absence === undefined || entry.tags.length > 0;
}
