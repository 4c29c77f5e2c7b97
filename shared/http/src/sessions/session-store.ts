import { randomBytes } from 'node:crypto';
import { type Identity, identitySchema } from '@cloudphone/contracts';
import { upstreamUnavailable } from '@cloudphone/errors';
import { createSessionRows, type RedisConnection, type SessionRows } from '@cloudphone/redis';
import { type Clock, systemClock } from '@cloudphone/runtime';
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import { renewInTurn } from './renew-in-turn.ts';
import type { Session } from './session.ts';

export interface SessionStore {
  readonly ttlMs: number;
  /** Resolves to the session's secret id (256 bits), for its cookie. */
  open(session: Session): Promise<string>;
  find(id: string): Promise<Session | undefined>;
  /** What `find` would say, if this process has asked lately. Asks nobody. */
  peek(id: string): Session | undefined;
  /**
   * Replaces `stale` by what `fetchTokens` makes of it. Of all callers in all processes one asks,
   * the others get what it got. Undefined when the session is gone; rejects as `fetchTokens` does.
   */
  renew(
    id: string,
    stale: Session,
    fetchTokens: (session: Session) => Promise<Session>,
  ): Promise<Session | undefined>;
  close(id: string): Promise<void>;
  /** Has this process ask again about the sessions of a log-in, or of a person. */
  revokeSession(sessionId: string): void;
  revokePerson(userId: string): void;
}

const MAX_IN_MEMORY = 20_000;
const ASK_AGAIN_AFTER_MS = 10_000;

const rowSchema = z.object({
  identity: identitySchema,
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresAtMs: z.number(),
});

/**
 * Sessions in Redis, each under an opaque id, ending `ttlMs` after log-in. A process asks again
 * after 10 s; while Redis is away it goes on with what it knows until that access token ends, and
 * rejects with upstream_unavailable for what it does not know. Whether a session's token is still
 * good is for the token verifier to say.
 */
export function createSessionStore(options: {
  readonly redis: RedisConnection;
  readonly ttlMs: number;
  readonly clock?: Clock;
}): SessionStore {
  const { ttlMs, clock = systemClock } = options;
  const rows = whileRedisIsThere(createSessionRows(options.redis));
  const memory = new LRUCache<string, { session: Session; readAtMs: number }>({
    max: MAX_IN_MEMORY,
  });
  const renewals = new Map<string, Promise<Session | undefined>>();

  const keep = (id: string, session: Session): Session => {
    memory.set(id, { session, readAtMs: clock.monotonicMs() });
    return session;
  };
  const read = async (id: string): Promise<Session | undefined> => {
    const row = await rows.find(id);
    if (row !== undefined) return keep(id, rowSchema.parse(JSON.parse(row)));
    memory.delete(id);
    return undefined;
  };
  const peek = (id: string): Session | undefined => {
    const known = memory.get(id);
    const isFresh = known && clock.monotonicMs() - known.readAtMs < ASK_AGAIN_AFTER_MS;
    return isFresh ? known.session : undefined;
  };
  const forget = (isMeant: (identity: Identity) => boolean) => {
    for (const [id, { session }] of memory.entries()) {
      if (isMeant(session.identity)) memory.delete(id);
    }
  };

  return {
    ttlMs,
    open: async (session) => {
      const id = randomBytes(32).toString('base64url');
      await rows.put(id, JSON.stringify(session), ttlMs);
      keep(id, session);
      return id;
    },
    peek,
    find: async (id) => {
      const known = peek(id);
      if (known !== undefined) return known;
      try {
        return await read(id);
      } catch (err) {
        const last = memory.get(id)?.session;
        if (last !== undefined && last.expiresAtMs > clock.now()) return last;
        throw err;
      }
    },
    renew: (id, stale, fetchTokens) => {
      const underWay = renewals.get(id);
      if (underWay !== undefined) return underWay;
      const replace = async (current: Session): Promise<Session> => {
        const renewed = keep(id, await fetchTokens(current));
        await rows.replace(id, JSON.stringify(renewed));
        return renewed;
      };
      const renewal = renewInTurn({ id, stale, rows, clock, read, replace }).finally(() =>
        renewals.delete(id),
      );
      renewals.set(id, renewal);
      return renewal;
    },
    close: async (id) => {
      memory.delete(id);
      await rows.remove(id);
    },
    revokeSession: (sessionId) => forget((identity) => identity.sessionId === sessionId),
    revokePerson: (userId) => forget((identity) => identity.userId === userId),
  };
}

/** The same rows; their failures under a registered code. */
function whileRedisIsThere(rows: SessionRows): SessionRows {
  const named = async <Result>(ask: Promise<Result>): Promise<Result> => {
    try {
      return await ask;
    } catch (cause) {
      throw upstreamUnavailable('redis', 'sessions', { cause });
    }
  };
  return {
    put: (id, row, ttlMs) => named(rows.put(id, row, ttlMs)),
    replace: (id, row) => named(rows.replace(id, row)),
    find: (id) => named(rows.find(id)),
    remove: (id) => named(rows.remove(id)),
    leaseRenewal: (id, leaseMs) => named(rows.leaseRenewal(id, leaseMs)),
  };
}
