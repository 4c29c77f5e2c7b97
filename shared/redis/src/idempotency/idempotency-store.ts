import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisConnection } from '../connection.ts';
import { defineCommand } from '../define-command.ts';
import { keys } from '../keys.ts';
import beginScript from './begin-once.lua';
import endScript from './end-once.lua';

const beginOnce = defineCommand(beginScript, 1);
const endOnce = defineCommand(endScript, 1);

/** What is known of an idempotency key. `claim` is needed to finish or abandon. */
export type Claimed =
  | { readonly kind: 'begun'; readonly claim: string }
  | { readonly kind: 'in-flight' }
  | { readonly kind: 'other-request' }
  | { readonly kind: 'done'; readonly answer: string };

export interface IdempotencyStore {
  /** Of simultaneous calls for one key, one is told `begun`. */
  begin(key: string, fingerprint: string): Promise<Claimed>;
  /** Keeps the answer; nothing when the claim's lease has ended meanwhile. */
  finish(key: string, claim: string, answer: string): Promise<void>;
  /** Forgets the key, so that it may be tried again. */
  abandon(key: string, claim: string): Promise<void>;
}

const DAY_MS = 24 * 3_600_000;
const ATTEMPTS = 5;
const AGAIN_MS = 500;

/**
 * Answers by idempotency key, in Redis. A claim whose holder died is free again after `leaseMs`
 * (60 s unless told); answers are kept for `ttlMs` (a day unless told). Rejects while Redis is away.
 */
export function createIdempotencyStore(options: {
  readonly redis: RedisConnection;
  /** Keeps the keys of processes apart: `admin`, `billing`. */
  readonly namespace: string;
  readonly ttlMs?: number;
  readonly leaseMs?: number;
}): IdempotencyStore {
  const { redis, namespace, ttlMs = DAY_MS, leaseMs = 60_000 } = options;
  const keyOf = (key: string) => [keys.idempotency(namespace, key)];
  const abandon = async (key: string, claim: string): Promise<void> => {
    await endOnce(redis.client, keyOf(key), [claim, 0, '']);
  };
  const abandonSoon = async (key: string, claim: string): Promise<void> => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        return await abandon(key, claim);
      } catch {
        // Still away. What stays of it ends with its lease.
        await sleep(attempt * AGAIN_MS, undefined, { ref: false });
      }
    }
  };
  return {
    begin: async (key, fingerprint) => {
      const claim = randomUUID();
      const terms = [fingerprint, claim, leaseMs];
      const reply = await beginOnce(redis.client, keyOf(key), terms).catch((err: unknown) => {
        // Its answer was lost or came too late, and nobody works under it: not kept for its lease.
        void abandonSoon(key, claim);
        throw err;
      });
      const [kind, answer = ''] = reply as [Claimed['kind'], string?];
      if (kind === 'begun') return { kind, claim };
      return kind === 'done' ? { kind, answer } : { kind };
    },
    finish: async (key, claim, answer) => {
      await endOnce(redis.client, keyOf(key), [claim, ttlMs, answer]);
    },
    abandon,
  };
}
