/**
 * The register of error codes: what the public is told and whether trying again can help.
 * ERRORS.md lists the same codes and is checked against this file both ways.
 */
export interface ErrorCode {
  /** HTTP status of the problem document. */
  readonly status: number;
  /** Public sentence: the `title` of the problem document. */
  readonly title: string;
  /** Whether the same request may succeed later without being changed. */
  readonly isRetryable: boolean;
}

const code = (status: number, title: string, isRetryable = false): ErrorCode => ({
  status,
  title,
  isRetryable,
});

export const ERROR_CODES = {
  bad_request: code(400, 'The request cannot be read.'),
  not_authenticated: code(401, 'Log in to continue.'),
  credentials_wrong: code(401, 'The user name or the password is wrong.'),
  two_factor_required: code(401, 'Enter a code of your second factor, too.'),
  two_factor_wrong: code(401, 'This code of the second factor is wrong.'),
  token_expired: code(401, 'The log-in has expired.'),
  refresh_reused: code(401, 'This refresh token was used before; the session has been closed.'),
  payment_declined: code(402, 'The payment was declined.'),
  balance_too_low: code(402, 'The balance does not cover this.'),
  forbidden: code(403, 'You may not do this.'),
  csrf_failed: code(403, 'The request did not come from this application.'),
  second_person_needed: code(403, 'Somebody else has to decide this.'),
  account_suspended: code(403, 'This account is suspended.'),
  not_found: code(404, 'There is nothing here.'),
  method_not_allowed: code(405, 'This address does not answer that method.'),
  request_too_slow: code(408, 'The request took too long to arrive.', true),
  version_conflict: code(409, 'It was changed meanwhile.'),
  state_conflict: code(409, 'Its present state does not allow this.'),
  no_capacity: code(409, 'There is no room for it.'),
  quota_exceeded: code(409, 'This would be more devices than the quota allows.'),
  already_exists: code(409, 'It exists already.'),
  request_in_flight: code(409, 'The same request is still being worked on.', true),
  link_expired: code(410, 'This link has expired, or was used before.'),
  body_too_large: code(413, 'The request is too large.'),
  unsupported_media_type: code(415, 'Send JSON.'),
  invalid_input: code(422, 'Some of the input is not valid.'),
  invalid_channel: code(422, 'There is no channel of that name.'),
  unknown_event: code(422, 'This server knows no such message.'),
  idempotency_mismatch: code(422, 'This idempotency key was used for another request.'),
  too_many: code(429, 'This connection has as many subscriptions as it may have.'),
  rate_limited: code(429, 'Too many requests.', true),
  head_too_large: code(431, 'The address or the headers are too long.'),
  internal: code(500, 'Something went wrong on our side.'),
  upstream_failed: code(502, 'A part of the platform failed.', true),
  log_epoch_changed: code(503, 'A part of the platform was restarted.', true),
  upstream_unavailable: code(503, 'A part of the platform is not available.', true),
  overloaded: code(503, 'Too much work at the moment.', true),
  shutting_down: code(503, 'This server is about to stop.', true),
  upstream_timeout: code(504, 'A part of the platform took too long.', true),
  deadline_exceeded: code(504, 'The request ran out of time.', true),
} as const satisfies Record<string, ErrorCode>;

export type ErrorCodeName = keyof typeof ERROR_CODES;

/** Whether a string received from elsewhere (a service's problem document) is a registered code. */
export function isErrorCode(value: unknown): value is ErrorCodeName {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}
