import { pino } from 'pino';

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * JSON lines on standard output. Errors go under `err`; secrets by the names of `REDACTED` are
 * never written.
 */
export function createLogger(options: { readonly name: string; readonly level: LogLevel }): Logger {
  return pino({
    name: options.name,
    level: options.level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[redacted]' },
  });
}

const REDACTED = ['password', 'authorization', 'cookie', 'accessToken', 'refreshToken'].flatMap(
  (name) => [name, `*.${name}`],
);

export const silentLogger: Logger = pino({ level: 'silent' });
