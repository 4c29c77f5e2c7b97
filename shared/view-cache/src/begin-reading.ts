import type { CacheCore } from './core.ts';
import { includes } from './position.ts';
import type { Reader, ViewRequest } from './reader.ts';

/** Waits, for a bounded time, for the feed to reach a token that is ahead of it. */
export async function beginReading(core: CacheCore, request: ViewRequest): Promise<Reader> {
  const { token } = request;
  const number = core.flights.nextNumber();
  const beganAtMs = core.clock.monotonicMs();
  const known = core.marks.position;
  const isForced = token === 'bypass';
  const reader = { request, number, beganAtMs, known, ahead: undefined, isForced };
  if (token === undefined || token === 'bypass' || includes(known, token)) return reader;
  if (known?.epoch === token.epoch && (await core.feed.waitFor(token, core.tokenWaitMs))) {
    return { ...reader, known: core.marks.position };
  }
  return { ...reader, ahead: token };
}
