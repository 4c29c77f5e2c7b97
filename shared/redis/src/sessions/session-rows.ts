import { createHash, randomUUID } from 'node:crypto';
import type { RedisConnection } from '../connection.ts';
import { defineCommand } from '../define-command.ts';
import { keys } from '../keys.ts';
import releaseScript from './release-renewal.lua';

const release = defineCommand(releaseScript, 1);

/** Sessions as Redis holds them, opaque here. Rows lie under the hash of their secret id. */
export interface SessionRows {
  put(id: string, row: string, ttlMs: number): Promise<void>;
  /** Replaces a row that is still there, and keeps the end of its life; false when it is gone. */
  replace(id: string, row: string): Promise<boolean>;
  find(id: string): Promise<string | undefined>;
  remove(id: string): Promise<void>;
  /** The right to renew it, for one process at a time: undefined when another has it. */
  leaseRenewal(id: string, leaseMs: number): Promise<{ release(): Promise<void> } | undefined>;
}

/** Every call is one round trip and rejects while Redis is away. */
export function createSessionRows(redis: RedisConnection): SessionRows {
  const { client } = redis;
  // Whoever reads Redis, or a dump of it, holds no cookie.
  const hashOf = (id: string) => createHash('sha256').update(id).digest('base64url');
  return {
    put: async (id, row, ttlMs) => {
      await client.set(keys.session(hashOf(id)), row, 'PX', ttlMs);
    },
    replace: async (id, row) =>
      (await client.set(keys.session(hashOf(id)), row, 'KEEPTTL', 'XX')) !== null,
    find: async (id) => (await client.get(keys.session(hashOf(id)))) ?? undefined,
    remove: async (id) => {
      await client.del(keys.session(hashOf(id)));
    },
    leaseRenewal: async (id, leaseMs) => {
      const key = keys.sessionRenewal(hashOf(id));
      const holder = randomUUID();
      if ((await client.set(key, holder, 'PX', leaseMs, 'NX')) === null) return undefined;
      return { release: async () => void (await release(client, [key], [holder])) };
    },
  };
}
