import { formatEventToken, formatPosition, HEADERS } from '@cloudphone/contracts';
import type { Tail } from '@cloudphone/event-log';
import type { Reply } from '@cloudphone/http';

const WAIT_MS = 500;

/** What a service answers to a write: the thing as it is now, and the events that it caused. */
export interface WriteAnswer<Answer> {
  readonly answer: Answer;
  readonly eventIds: readonly string[];
}

export interface AfterWrite {
  /** The token of a write's last event; undefined when it caused none. Waits at most half a second. */
  tokenOf(eventIds: readonly string[]): Promise<string | undefined>;
  /** A write's reply: its answer, its version as ETag, and from where on readers see it. */
  reply<Answer extends object>(written: WriteAnswer<Answer>): Promise<Reply>;
}

/**
 * A write answers with the position of its own last event, so that a read which presents it sees
 * the write on every node; while that event is not in the log, with a token that bypasses caches.
 */
export function createAfterWrite(tail: Pick<Tail, 'waitForEvent'>): AfterWrite {
  const tokenOf = async (eventIds: readonly string[]): Promise<string | undefined> => {
    const last = eventIds.at(-1);
    if (last === undefined) return undefined;
    const position = await tail.waitForEvent(last, WAIT_MS);
    return position ? formatPosition(position) : formatEventToken(last);
  };
  return {
    tokenOf,
    reply: async ({ answer, eventIds }) => {
      const token = await tokenOf(eventIds);
      const version = 'version' in answer ? answer.version : undefined;
      return {
        body: answer,
        headers: token === undefined ? {} : { [HEADERS.consistencyToken]: token },
        ...(typeof version === 'number' ? { etagVersion: version } : {}),
      };
    },
  };
}
