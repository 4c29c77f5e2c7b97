import { types } from 'pg';

export interface ClientOptions {
  readonly url: string;
  /** What pg_stat_activity shows. */
  readonly name: string;
  readonly statementTimeoutMs?: number;
}

/** How every connection of ours is opened. */
export function clientConfig({ url, name, statementTimeoutMs = 10_000 }: ClientOptions) {
  return {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    // A transaction whose owner hangs must not hold its locks for ever.
    idle_in_transaction_session_timeout: 30_000,
    types: { getTypeParser },
  };
}

const INT8 = 20;
const DATE = 1082;

/**
 * As the driver, but 64-bit integers are numbers (ours stay below 2^53) and a date without a time
 * stays the text that it is, not midnight of this machine's time zone.
 */
const getTypeParser: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (oid === INT8) return Number;
  if (oid === DATE) return (text: string) => text;
  return types.getTypeParser(oid, format as 'text');
};
