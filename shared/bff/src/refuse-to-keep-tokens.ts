import { appError } from '@cloudphone/errors';

/** Answers with secrets are not kept: an `Idempotency-Key` would leave them in Redis. */
export function refuseToKeepTokens(idempotencyKey: string | undefined): void {
  if (idempotencyKey === undefined) return;
  throw appError('bad_request', { detail: 'Requests with secrets take no Idempotency-Key.' });
}
