import type { CacheCore } from './core.ts';
import { holdEntry } from './entry.ts';
import type { Fill } from './flights.ts';
import { decodeFrame } from './frame.ts';
import { refreshPointOf } from './freshness.ts';
import { includesToken } from './join.ts';
import { loadEntry } from './load-entry.ts';
import type { Mission } from './mission.ts';
import { includes, type Position } from './position.ts';
import type { ViewRequest } from './reader.ts';
import { isTolerable, standingOf, validateThroughRedis } from './standing.ts';
import { takeTurn } from './turns.ts';

/**
 * Looks the view up in Redis, where the log's position comes along in the same round trip, and loads
 * it if what is there will not do. Without Redis, or without a feed that can be trusted, it goes
 * straight to the source: an error of Redis is not a miss.
 */
export async function fly(core: CacheCore, mission: Mission): Promise<Fill> {
  const { flight } = mission;
  flight.start = core.marks.position;
  if (core.store.isAway || !core.feed.isTrusted) return await loadBlind(core, mission);
  try {
    const found = await lookUp(core, mission);
    flight.start = found;
    flight.depart();
    const stored = await findServable(core, mission, found);
    if (stored) return stored;
  } catch (err) {
    core.logger.debug({ err, key: flight.key }, 'a view is loaded without its store');
    return await loadBlind(core, mission);
  }
  return await takeTurn(core, mission, {
    lookAgain: async () => {
      const found = await lookUp(core, mission);
      flight.start = found;
      return await findServable(core, mission, found);
    },
    load: () => loadEntry(core, mission, { isBlind: false }),
  });
}

function loadBlind(core: CacheCore, mission: Mission): Promise<Fill> {
  mission.flight.depart();
  return loadEntry(core, mission, { isBlind: true });
}

/** Takes what is stored into memory, also when it has changed: it may yet help a failing source. */
async function lookUp(core: CacheCore, { request }: Mission): Promise<Position> {
  const { position, frame } = await core.store.ask((store) => store.lookUp(request.key));
  core.feed.observe(position);
  if (frame !== undefined) adopt(core, request, frame);
  return position;
}

function adopt(core: CacheCore, { key, view }: ViewRequest, frame: Buffer): void {
  const decoded = decodeFrame(frame, { clock: core.clock, servableForMs: view.servableForMs });
  if (decoded === undefined) {
    core.logger.warn({ key }, 'a stored view cannot be read');
    return;
  }
  const { entry: loaded, versions } = decoded;
  const start = { epoch: loaded.epoch, seq: loaded.start };
  const isBehind = versions.some(([tag, version]) => core.versions.hasLater(tag, version, start));
  if (isBehind) {
    core.logger.debug({ key }, 'a stored view is by a node that was not told of a version');
    return;
  }
  const held = core.complete.get(key);
  const isKnown = held?.epoch === loaded.epoch && held.start === loaded.start;
  if (isKnown && held.etag === loaded.etag && held.freshUntilMs >= loaded.freshUntilMs - 10) return;
  core.complete.put(key, holdEntry(loaded, refreshPointOf(loaded, core.random)));
}

async function findServable(
  core: CacheCore,
  { request, flight, ahead, outdated }: Mission,
  now: Position,
): Promise<Fill | undefined> {
  const entry = core.complete.get(request.key);
  if (entry === undefined || flight.isForced) return undefined;
  if (entry.epoch !== now.epoch && !core.unsafe.skipEpoch) return undefined;
  // A token of another epoch asks for a load begun after it; one beyond Redis means nothing.
  if (ahead !== undefined && ahead.epoch !== now.epoch) return undefined;
  const nowMs = core.clock.monotonicMs();
  if (nowMs >= entry.servableUntilMs) return undefined;
  if (outdated !== undefined && entry.freshUntilMs <= outdated.freshUntilMs) return undefined;
  const mustAsk = ahead !== undefined && includes(now, ahead);
  // A flight may outlast the trust in the feed that it began with, waiting for another's load.
  const canJudge = !mustAsk && core.feed.isTrusted;
  let standing = canJudge ? standingOf(core, entry, nowMs) : 'unknown';
  if (standing === 'unknown' || standing === 'other-epoch') {
    standing = await validateThroughRedis(core, entry);
  }
  const isTolerated =
    standing === 'changed' &&
    !mustAsk &&
    includesToken(request, entry) &&
    isTolerable(core, request.view, entry, nowMs);
  if (standing !== 'valid' && !isTolerated) return undefined;
  return {
    entry,
    tier: 'redis',
    loadNumber: undefined,
    isTolerated,
    isUntold: false,
    isBlind: false,
    timings: [],
  };
}
