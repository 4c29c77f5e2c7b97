import type { Outcome } from './channel.ts';

/** What nodemailer's errors carry beside their message. */
interface SmtpError {
  readonly code?: string;
  /** What the system called it, where nodemailer gave it a name of its own. */
  readonly originalCode?: string;
  readonly timeoutType?: string;
  /** The SMTP command that was answered; `CONN` for whatever broke the connection, at any time. */
  readonly command?: string;
  /** The server's answer, when there was one. */
  readonly responseCode?: number;
}

/** How long to leave a server alone that is away or refuses us as a sender. */
const AWAY_MS = 5_000;

/** Failures that can only come before a message is begun. */
const BEFORE_ANY_MESSAGE = new Set([
  ...['EDNS', 'ETLS', 'EAUTH', 'ENOAUTH', 'EOAUTH2', 'EREQUIRETLS'],
  ...['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT'],
]);

/**
 * Reads an SMTP failure (RFC 5321 §4.2.1): 5yz about the recipient or the message is final, 4yz may
 * pass. Without an answer it is unknown, unless the failure can only come before a message.
 */
export function readSmtpFailure(err: unknown): Outcome {
  const { code, originalCode, timeoutType, command, responseCode } = err as SmtpError;
  const detail = err instanceof Error ? err.message : String(err);
  if (responseCode !== undefined) return readAnswer(responseCode, command, detail);
  const names = [code, originalCode, timeoutType].filter((name) => name !== undefined);
  if (names.some((name) => BEFORE_ANY_MESSAGE.has(name))) {
    return {
      kind: 'unavailable',
      code: 'smtp_away',
      detail,
      retryInMs: AWAY_MS,
      because: 'provider-away',
    };
  }
  const isRefusedHere = code === 'EENVELOPE' || code === 'EMESSAGE';
  if (isRefusedHere) return { kind: 'rejected', code: 'smtp_address', detail };
  return { kind: 'unknown', code: 'smtp_no_answer', detail };
}

function readAnswer(responseCode: number, command: string | undefined, detail: string): Outcome {
  const isAboutMessage = command === 'RCPT TO' || command === 'DATA';
  if (!isAboutMessage) {
    return {
      kind: 'unavailable',
      code: `smtp_${responseCode}`,
      detail,
      retryInMs: AWAY_MS,
      because: 'provider-away',
    };
  }
  if (responseCode >= 500) return { kind: 'rejected', code: `smtp_${responseCode}`, detail };
  return { kind: 'retry', code: `smtp_${responseCode}`, detail };
}

/** Whether a refusal says that the mailbox will never do (RFC 5321 §4.2.2), whatever it is sent. */
export function isDeadMailbox(code: string): boolean {
  return ['smtp_550', 'smtp_551', 'smtp_553', 'smtp_address'].includes(code);
}
