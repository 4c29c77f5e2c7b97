import { appError } from '@cloudphone/errors';

/**
 * Throws bad_request when the caller asks for the answer to be kept under an `Idempotency-Key`: it
 * holds tokens, of which this service keeps hashes only.
 */
export function refuseToKeepTokens(idempotencyKey: string | undefined): void {
  if (idempotencyKey === undefined) return;
  throw appError('bad_request', { detail: 'Answers with tokens take no Idempotency-Key.' });
}
