import { createHash } from 'node:crypto';
import { appError, upstreamUnavailable } from '@cloudphone/errors';
import type { Claimed, IdempotencyStore } from '@cloudphone/redis';
import type { Logger } from '@cloudphone/runtime';
import type { RenderedReply } from '../reply/write-reply.ts';

const KEY = /^[\x21-\x7e]{1,200}$/;

/** Throws bad_request for a key that cannot be one. */
export function checkIdempotencyKey(key: string): void {
  if (!KEY.test(key)) {
    throw appError('bad_request', {
      detail: 'Idempotency-Key is 1 to 200 visible ASCII characters.',
    });
  }
}

/**
 * Works on a request once per key: the same request again gets the same answer with
 * `Idempotency-Replayed: true`; another one under the key is idempotency_mismatch; one that is
 * still being worked on is request_in_flight. Only successes are kept: what failed may be tried
 * again under its key. When the store is away nothing is begun (upstream_unavailable), since the
 * promise could not be kept.
 */
export async function onlyOnce(
  store: IdempotencyStore,
  request: { readonly key: string; readonly scope: string; readonly content: string },
  work: () => Promise<RenderedReply>,
  logger: Logger,
): Promise<RenderedReply> {
  const key = hashOf(`${request.scope}\n${request.key}`);
  const claimed = await begin(store, key, hashOf(request.content));
  if (claimed.kind === 'in-flight') throw appError('request_in_flight', { retryAfterMs: 1_000 });
  if (claimed.kind === 'other-request') throw appError('idempotency_mismatch');
  if (claimed.kind === 'done') return replay(claimed.answer);
  let reply: RenderedReply;
  try {
    reply = await work();
  } catch (err) {
    await store
      .abandon(key, claimed.claim)
      .catch((cause: unknown) => logger.warn({ err: cause }, 'an idempotency key stays claimed'));
    throw err;
  }
  // The work is done: that its answer could not be kept must not turn it into a failure.
  await store
    .finish(key, claimed.claim, JSON.stringify({ ...reply, bytes: reply.bytes.toString('utf8') }))
    .catch((err: unknown) => logger.warn({ err }, 'an answer could not be kept for repetitions'));
  return reply;
}

async function begin(store: IdempotencyStore, key: string, fingerprint: string): Promise<Claimed> {
  try {
    return await store.begin(key, fingerprint);
  } catch (cause) {
    throw upstreamUnavailable('redis', 'idempotency keys cannot be checked', { cause });
  }
}

function replay(answer: string): RenderedReply {
  const kept = JSON.parse(answer) as Omit<RenderedReply, 'bytes'> & { bytes: string };
  return {
    status: kept.status,
    headers: { ...kept.headers, 'idempotency-replayed': 'true' },
    bytes: Buffer.from(kept.bytes),
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
