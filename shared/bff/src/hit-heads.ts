import { type PreparedHead, prepareHead } from '@cloudphone/http';
import type { ViewAnswer } from '@cloudphone/view-cache';
import { BODY_TYPE, viewHeaderList } from './view-headers.ts';

interface KeptHead {
  /** Monotonic: until then `age` and `ttl` are the same whole seconds. */
  readonly untilMs: number;
  readonly ok: PreparedHead;
  readonly notModified: PreparedHead;
}

/**
 * The heads of hits. An answer is given many times between two changes, and what its head says
 * changes by the second; only what is left of the caller's limits is written into it each time.
 */
export function createHitHeads(given: {
  /** Those of every answer, whatever it holds. */
  readonly fixedHeaders: Readonly<Record<string, string>>;
  readonly limitPolicy: string;
}): (
  answer: ViewAnswer,
  hit: { readonly nowMs: number; readonly isKnown: boolean },
) => PreparedHead {
  const fixed = Object.entries(given.fixedHeaders).flat();
  // With the answer, not with its address: one that has left memory leaves here, too.
  const kept = new WeakMap<ViewAnswer, KeptHead>();

  const build = (answer: ViewAnswer, nowMs: number): KeptHead => {
    const { ageMs, ttlMs } = answer;
    const always = ['ratelimit-policy', given.limitPolicy, ...viewHeaderList(answer), ...fixed];
    const length = String(answer.body.length);
    const ofBody = ['content-type', BODY_TYPE, 'content-length', length];
    const changing = 'ratelimit';
    return {
      untilMs: nowMs + Math.min(msToNext(ageMs), msToLast(ttlMs)),
      ok: prepareHead({ status: 200, changing, others: [...always, ...ofBody] }),
      notModified: prepareHead({ status: 304, changing, others: always }),
    };
  };

  return (answer, { nowMs, isKnown }) => {
    let found = kept.get(answer);
    if (found === undefined || nowMs >= found.untilMs) {
      found = build(answer, nowMs);
      kept.set(answer, found);
    }
    return isKnown ? found.notModified : found.ok;
  };
}

/** Until a growing time, and until a shrinking one, has another number of whole seconds. */
const msToNext = (ms: number): number => 1_000 - (ms % 1_000);
const msToLast = (ms: number): number => (ms > 0 ? ms % 1_000 : Number.POSITIVE_INFINITY);
