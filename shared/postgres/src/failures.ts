/** `42P01`, `ECONNREFUSED`: what the driver or the socket says; undefined for all else. */
export function failureCode(err: unknown): string | undefined {
  const code = err instanceof Error ? (err as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether a row with the same key exists already; by the constraint's name when given. */
export function isUniqueViolation(err: unknown, constraint?: string): boolean {
  if (failureCode(err) !== '23505') return false;
  return constraint === undefined || (err as { constraint?: unknown }).constraint === constraint;
}

/**
 * Whether the server, the way to it or a collision of transactions failed, so that the very same
 * work may succeed later. Classes 08, 53, 57 and 58 of SQLSTATE, serialization failures, deadlocks,
 * lock time-outs, a server that is only a standby (25006), and lost sockets.
 */
export function isTransientFailure(err: unknown): boolean {
  const code = failureCode(err);
  if (code === undefined) return err instanceof Error && LOST_CONNECTION.test(err.message);
  return TRANSIENT_STATES.test(code) || SOCKET_FAILURES.has(code) || isClosedSocketFile(err, code);
}

/** A Unix socket is no file while its server is down, and has no room when many connect at once. */
function isClosedSocketFile(err: unknown, code: string): boolean {
  const isOfConnect = (err as { syscall?: unknown }).syscall === 'connect';
  return isOfConnect && (code === 'ENOENT' || code === 'EAGAIN');
}

// A cancelled statement (57014) is the statement's own fault: it ran over its time limit.
const TRANSIENT_STATES = /^(08...|25006|53...|57P..|58...|40001|40P01|55P03)$/;

const SOCKET_FAILURES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

// The driver gives these no code.
const LOST_CONNECTION =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Client was closed|Cannot use a pool after|driver has already been destroyed)/;
