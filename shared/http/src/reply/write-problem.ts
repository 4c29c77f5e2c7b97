import type { ServerResponse } from 'node:http';
import { type AppError, toProblem } from '@cloudphone/errors';

const RETRY_AFTER_MS = 1_000;
/** Long enough for what is under way; what a client goes on sending for longer is cut off. */
const REST_OF_BODY_MS = 5_000;

/** Answers with a problem document. An answer that has begun can only be cut off. */
export function writeProblem(
  res: ServerResponse,
  error: AppError,
  occurrence: { readonly instance: string; readonly traceId: string },
): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(toProblem(error, occurrence)));
  res.setHeader('content-type', 'application/problem+json');
  res.setHeader('content-length', bytes.length);
  res.setHeader('cache-control', 'no-store');
  if (error.status === 401) {
    const reason = error.code === 'token_expired' ? ', error="invalid_token"' : '';
    res.setHeader('www-authenticate', `Bearer realm="cloudphone"${reason}`);
  }
  const retryAfterMs = error.retryAfterMs ?? (error.isRetryable ? RETRY_AFTER_MS : undefined);
  if (retryAfterMs !== undefined) res.setHeader('retry-after', Math.ceil(retryAfterMs / 1_000));
  res.statusCode = error.status;
  const body = res.req.method === 'HEAD' ? undefined : bytes;
  if (res.req.complete) res.end(body);
  else endAfterRequest(res, body);
}

/**
 * The whole answer now, its end only after the request's: the rest of a refused body is thrown away
 * for a moment, since a connection that is closed before its sender has finished loses the answer on
 * the way (RFC 9112 §9.6).
 */
function endAfterRequest(res: ServerResponse, body: Buffer | undefined): void {
  const { req } = res;
  if (body === undefined) res.flushHeaders();
  else res.write(body);
  const cut = setTimeout(() => req.socket.destroy(), REST_OF_BODY_MS).unref();
  req.once('close', () => {
    clearTimeout(cut);
    res.end();
  });
  req.resume();
}
