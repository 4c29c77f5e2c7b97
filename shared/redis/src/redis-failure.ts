import { AppError, upstreamFailed, upstreamTimeout, upstreamUnavailable } from '@cloudphone/errors';

/** Replies of a server that is up but cannot serve now; the same command may succeed later. */
const NOT_NOW = /^(LOADING|READONLY|MASTERDOWN|NOREPLICAS|OOM|MISCONF|BUSY|CLUSTERDOWN|TRYAGAIN)\b/;

/**
 * What a rejected command means: upstream_timeout (hung; it may have run), upstream_unavailable (away
 * or unable; when the connection broke meanwhile it may have run), upstream_failed (refused).
 */
export function redisFailure(err: unknown, timeoutMs: number): AppError {
  if (err instanceof AppError) return err;
  const message = err instanceof Error ? err.message : String(err);
  if (message === 'Command timed out') return upstreamTimeout('redis', timeoutMs, err);
  const isReply = err instanceof Error && err.name === 'ReplyError';
  return isReply && !NOT_NOW.test(message)
    ? upstreamFailed('redis', message, err)
    : upstreamUnavailable('redis', message, { cause: err });
}
