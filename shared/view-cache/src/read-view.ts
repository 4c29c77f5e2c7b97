import { appError, toAppError } from '@cloudphone/errors';
import type { ViewAnswer } from './answer.ts';
import { beginReading } from './begin-reading.ts';
import { answerWith, staleAnswerWith } from './compose-answer.ts';
import type { CacheCore } from './core.ts';
import type { Entry } from './entry.ts';
import type { Fill } from './flights.ts';
import { fly } from './fly.ts';
import { accepts, includesToken, judgeJoin } from './join.ts';
import { includes, type Position } from './position.ts';
import type { Reader, Token, ViewRequest } from './reader.ts';
import { isServableDespite, isTolerable, standingOf } from './standing.ts';

/** A reader whom two loads of others have not served loads for itself. */
const MAX_JOINS = 2;

/** A read, step by step. Throws not_found for what does not exist, else what the source threw. */
export async function readView(core: CacheCore, request: ViewRequest): Promise<ViewAnswer> {
  const reader = await beginReading(core, request);
  const tally = core.tallies.of(request.view.name);
  for (let joins = 0; ; ) {
    const remembered = answerFromMemory(core, reader);
    if (remembered) return remembered;
    const underWay = joins < MAX_JOINS ? core.flights.find(request.key) : undefined;
    const verdict = underWay ? judgeJoin(core, reader, underWay.flight) : 'lead';
    if (underWay && verdict === 'later') {
      await underWay.flight.departed;
      continue;
    }
    const joined = verdict === 'join' ? underWay : undefined;
    if (joined) {
      joins++;
      tally.joined++;
    }
    const { landed } = joined ?? takeOff(core, reader);
    try {
      const fill = await landed;
      // A reader's own flight was begun for what this reader needs.
      if (!joined || accepts(core, reader, fill)) return answerFromFill(core, reader, fill);
    } catch (err) {
      return answerDespite(core, request, err);
    }
    tally.rejected++;
  }
}

/**
 * A valid answer from memory, at once; undefined sends the caller to `readView`. This is the path of
 * nearly all reads: a look-up, a few comparisons, and the answer that was given before.
 */
export function peekView(
  core: CacheCore,
  request: Pick<ViewRequest, 'view' | 'key'>,
  token: Token | undefined,
): ViewAnswer | undefined {
  const entry = core.complete.get(request.key);
  if (entry === undefined || entry.absence !== undefined || !core.feed.isTrusted) return undefined;
  const nowMs = core.clock.monotonicMs();
  if (nowMs >= entry.refreshAtMs || nowMs >= entry.changesAtMs) return undefined;
  if (core.marks.check(entry, nowMs) !== 'valid') return undefined;
  if (token !== undefined) {
    if (token === 'bypass' || token.epoch !== entry.epoch) return undefined;
    if (token.seq > entry.validThrough) return undefined;
  }
  core.tallies.of(request.view.name).memory++;
  return hitFrom(core, request.key, entry);
}

function answerFromMemory(core: CacheCore, reader: Reader): ViewAnswer | undefined {
  const { view, key } = reader.request;
  if (reader.isForced || !core.feed.isTrusted) return undefined;
  const nowMs = core.clock.monotonicMs();
  const entry = core.complete.get(key);
  if (entry !== undefined) {
    const standing = standingOf(core, entry, nowMs);
    if (standing === 'valid' && nowMs < entry.servableUntilMs && includesAhead(reader, entry)) {
      if (nowMs >= entry.refreshAtMs) refresh(core, reader.request, entry);
      core.tallies.of(view.name).memory++;
      return hitFrom(core, key, orAbsent(entry));
    }
    if (
      standing === 'changed' &&
      reader.ahead === undefined &&
      isTolerable(core, view, entry, nowMs) &&
      includesToken(reader.request, entry)
    ) {
      refresh(core, reader.request, entry);
      core.tallies.of(view.name).stale++;
      return answerWith({
        entry: orAbsent(entry),
        clock: core.clock,
        status: 'stale',
        tier: 'memory',
        position: positionOf(core, entry),
      });
    }
  }
  return answerFromIncomplete(core, reader, nowMs);
}

function answerFromIncomplete(
  core: CacheCore,
  reader: Reader,
  nowMs: number,
): ViewAnswer | undefined {
  const { view, key } = reader.request;
  const entry = core.incomplete.get(key);
  if (entry === undefined || nowMs >= entry.freshUntilMs) return undefined;
  if (standingOf(core, entry, nowMs) !== 'valid' || !includesAhead(reader, entry)) return undefined;
  core.tallies.of(view.name).memory++;
  return hitFrom(core, key, entry);
}

/** Loads anew in the background, once, unless the source has just failed. */
export function refresh(core: CacheCore, request: ViewRequest, outdated: Entry | undefined): void {
  if (core.flights.find(request.key) || core.failing.find(request.key)) return;
  const isForced = false;
  core.flights.begin({ key: request.key, isForced }, (flight) =>
    fly(core, { request, flight, ahead: undefined, outdated }),
  );
}

function takeOff(core: CacheCore, reader: Reader) {
  const { request, isForced, ahead } = reader;
  return core.flights.begin({ key: request.key, isForced }, (flight) =>
    fly(core, { request, flight, ahead, outdated: undefined }),
  );
}

function answerFromFill(core: CacheCore, reader: Reader, fill: Fill): ViewAnswer {
  const { request } = reader;
  const { clock } = core;
  const tally = core.tallies.of(request.view.name);
  const entry = orAbsent(fill.entry);
  const position = positionOf(core, entry);
  const nowMs = clock.monotonicMs();
  if (fill.tier === 'redis') {
    if (fill.isTolerated || nowMs >= entry.refreshAtMs) refresh(core, request, entry);
    tally[fill.isTolerated ? 'stale' : 'redis']++;
    const status = fill.isTolerated ? 'stale' : 'hit';
    return answerWith({ entry, clock, status, tier: 'redis', position });
  }
  const isBypass = fill.isBlind || reader.isForced;
  tally[isBypass ? 'bypass' : 'miss']++;
  const status = isBypass ? 'bypass' : 'miss';
  return answerWith({ entry, clock, status, tier: 'source', position, timings: fill.timings });
}

/** The last good answer, marked, when the source fails; else the failure. */
function answerDespite(core: CacheCore, request: ViewRequest, thrown: unknown): ViewAnswer {
  const failure = toAppError(thrown);
  if (failure.status < 500) throw failure;
  const entry = core.complete.get(request.key);
  if (entry === undefined || !isServableDespite(core, entry, core.clock.monotonicMs())) {
    throw failure;
  }
  core.tallies.of(request.view.name).stale++;
  return staleAnswerWith(entry, core.clock);
}

function hitFrom(core: CacheCore, key: string, entry: Entry): ViewAnswer {
  entry.hits++;
  core.onHit(key, entry);
  const { hit } = entry;
  if (hit?.position !== undefined && hit.position.seq === entry.validThrough) return hit;
  entry.hit = answerWith({
    entry,
    clock: core.clock,
    status: 'hit',
    tier: 'memory',
    position: positionOf(core, entry),
  });
  return entry.hit;
}

function orAbsent(entry: Entry): Entry {
  if (entry.absence === undefined) return entry;
  throw appError('not_found', { privateDetail: entry.absence });
}

function includesAhead({ ahead }: Reader, entry: Entry): boolean {
  return ahead === undefined || includes({ epoch: entry.epoch, seq: entry.validThrough }, ahead);
}

function positionOf(core: CacheCore, entry: Entry): Position | undefined {
  if (entry.epoch === '') return undefined;
  const { position } = core.marks;
  const isSame = position?.seq === entry.validThrough && position.epoch === entry.epoch;
  return isSame ? position : { epoch: entry.epoch, seq: entry.validThrough };
}
