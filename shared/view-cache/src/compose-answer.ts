import type { Clock } from '@cloudphone/runtime';
import type { AnswerStatus, AnswerTier, PartTiming, ViewAnswer } from './answer.ts';
import { type Entry, etagOf, ownBuffer } from './entry.ts';
import { freshnessLeftMs } from './freshness.ts';
import type { Position } from './position.ts';

interface AnswerFacts {
  readonly entry: Entry;
  readonly clock: Clock;
  readonly status: AnswerStatus;
  readonly tier: AnswerTier;
  readonly position: Position | undefined;
  readonly timings?: readonly PartTiming[];
}

const NO_TIMINGS: readonly PartTiming[] = [];

/** A class for its getters: hits make many of these, and an object literal would make new ones each time. */
class GivenAnswer implements ViewAnswer {
  readonly body: Buffer;
  readonly etag: string;
  readonly position: Position | undefined;
  readonly status: AnswerStatus;
  readonly tier: AnswerTier;
  readonly degraded: readonly string[];
  readonly stale: readonly string[];
  readonly timings: readonly PartTiming[];
  readonly #entry: Entry;
  readonly #clock: Clock;

  constructor({ entry, clock, status, tier, position, timings }: AnswerFacts) {
    this.body = entry.body;
    this.etag = entry.etag;
    this.position = position;
    this.status = status;
    this.tier = tier;
    this.degraded = entry.degraded;
    this.stale = entry.stale;
    this.timings = timings ?? NO_TIMINGS;
    this.#entry = entry;
    this.#clock = clock;
  }

  get ageMs(): number {
    return this.#clock.monotonicMs() - this.#entry.createdAtMs;
  }

  get ttlMs(): number {
    return freshnessLeftMs(this.#entry, this.#clock.monotonicMs());
  }
}

export function answerWith(facts: AnswerFacts): ViewAnswer {
  return new GivenAnswer(facts);
}

/** The whole entry as what it is: the last good answer of a source that fails now. */
export function staleAnswerWith(entry: Entry, clock: Clock): ViewAnswer {
  const stale = [...entry.parts.keys()];
  const body = markBody(entry.body, { degraded: [], stale });
  const marked: Entry = { ...entry, body, etag: etagOf(body), stale };
  const position = { epoch: entry.epoch, seq: entry.validThrough };
  return answerWith({ entry: marked, clock, status: 'stale', tier: 'memory', position });
}

/** Adds the names to a body that is an object; other bodies have no place for them. */
export function composeBody(
  body: unknown,
  marks: { readonly degraded: readonly string[]; readonly stale: readonly string[] },
): Buffer {
  const { degraded, stale } = marks;
  const canCarry = body !== null && typeof body === 'object' && !Array.isArray(body);
  const composed = canCarry
    ? {
        ...body,
        ...(degraded.length > 0 ? { degraded } : {}),
        ...(stale.length > 0 ? { stale } : {}),
      }
    : (body ?? null);
  return ownBuffer(JSON.stringify(composed));
}

function markBody(body: Buffer, marks: Parameters<typeof composeBody>[1]): Buffer {
  return composeBody(JSON.parse(body.toString()), marks);
}
