import type { CacheCore } from './core.ts';
import type { Entry } from './entry.ts';
import type { Fill, Flight } from './flights.ts';
import { includes, type Position } from './position.ts';
import type { Reader, ViewRequest } from './reader.ts';
import { isTolerable } from './standing.ts';

/** `later`: ask again when the flight has departed. */
export type JoinVerdict = 'join' | 'lead' | 'later';

/** Whether the reader may wait for a flight that is under way, or has to begin one. */
export function judgeJoin(core: CacheCore, reader: Reader, flight: Flight): JoinVerdict {
  if (core.unsafe.skipJoinRule || beginsLoadAfter(flight, reader)) return 'join';
  if (reader.isForced) return 'lead';
  if (flight.number > reader.number) return 'join';
  if (!flight.hasDeparted) return 'later';
  return mayJoin(core, reader, flight) ? 'join' : 'lead';
}

/**
 * The join rule: same epoch; nothing that the load has read so far has changed since its start, by
 * time alone either; and a token that is ahead of this node is not ahead of the start.
 */
function mayJoin(core: CacheCore, reader: Reader, { start, recorder }: Flight): boolean {
  const { known, ahead } = reader;
  if (recorder !== undefined && core.clock.now() >= recorder.changesAtMs) return false;
  if (start === undefined) return known === undefined && ahead === undefined;
  if (ahead !== undefined && !includes(start, ahead)) return false;
  if (known === undefined || includes(start, known)) return true;
  if (start.epoch !== known.epoch) return false;
  if (recorder === undefined) return true;
  if (recorder.openUnknown > 0 || recorder.hasUntoldAnswer) return false;
  return !core.marks.hasChanged(recorder.tags, start.seq);
}

/**
 * Whether what the flight brought includes all that the reader knew when it began. It may have been
 * overtaken by changes since: if those counted, a key that changes faster than it loads would never
 * be answered.
 */
export function accepts(core: CacheCore, reader: Reader, fill: Fill): boolean {
  if (core.unsafe.skipJoinRule) return true;
  // Whatever the reader was told had happened before this load began.
  if (fill.loadNumber !== undefined && fill.loadNumber > reader.number) return true;
  if (reader.isForced) return false;
  const { entry } = fill;
  const nowMs = core.clock.monotonicMs();
  if (fill.isTolerated) return acceptsTolerated(core, reader, entry);
  // Its source was asked before the instant from which on it says something else.
  if (reader.beganAtMs >= entry.changesAtMs) return false;
  if (includesAll(reader, { epoch: entry.epoch, seq: entry.validThrough })) return true;
  if (fill.isUntold) return false;
  return (
    core.marks.check(entry, nowMs) === 'valid' &&
    includesAll(reader, { epoch: entry.epoch, seq: entry.validThrough })
  );
}

/** Found tolerable a moment ago: since then somebody may have lost the right to see it. */
function acceptsTolerated(core: CacheCore, reader: Reader, entry: Entry): boolean {
  return (
    reader.ahead === undefined &&
    includesToken(reader.request, entry) &&
    isTolerable(core, reader.request.view, entry, core.clock.monotonicMs())
  );
}

function beginsLoadAfter(flight: Flight, reader: Reader): boolean {
  return flight.loadNumber === undefined ? flight.isForced : flight.loadNumber > reader.number;
}

function includesAll({ known, ahead }: Reader, reached: Position): boolean {
  return (
    (known === undefined || includes(reached, known)) &&
    (ahead === undefined || includes(reached, ahead))
  );
}

/** A token beats what a view tolerates. */
export function includesToken(
  { token }: Pick<ViewRequest, 'token'>,
  entry: Pick<Entry, 'epoch' | 'validThrough'>,
): boolean {
  if (token === undefined) return true;
  if (token === 'bypass') return false;
  return includes({ epoch: entry.epoch, seq: entry.validThrough }, token);
}
