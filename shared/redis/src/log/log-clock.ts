import { randomBytes } from 'node:crypto';

/** A place in the log; places of different epochs are not comparable. */
export interface LogPosition {
  readonly epoch: string;
  readonly seq: number;
}

export interface LogClock extends LogPosition {
  /**
   * The seq at which this epoch began. Rows up to it survived from earlier epochs and keep their
   * numbers in this one; a reader that had gone further has seen rows that this log lost.
   */
  readonly base: number;
}

/** 72 random bits: no two epochs are ever called the same. */
export function newEpochName(): string {
  return randomBytes(9).toString('base64url');
}

/** `{epoch, seq, base, …}` as the scripts return it. */
export function toClock(reply: unknown): LogClock {
  const [epoch, seq, base] = reply as readonly [string, number, number];
  return { epoch, seq, base };
}
