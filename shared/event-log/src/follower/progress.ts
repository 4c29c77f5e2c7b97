import type { Position } from '@cloudphone/contracts';

interface RowUnderWay {
  readonly seq: number;
  /** Epoch ms; 0 when the row does not tell. */
  readonly appendedAtMs: number;
}

/** How far a group is in one epoch, when rows that were read in order are done in any order. */
export interface Progress {
  readonly epoch: string | undefined;
  /** The last row that was read. */
  readonly readSeq: number;
  /** Everything up to here is done: where another holder may begin. */
  readonly doneSeq: number;
  readonly position: Position | undefined;
  /** When the first row that is not done was appended, epoch ms; 0 when none is under way. */
  readonly oldestAtMs: number;
  /** From the first row of an epoch. Nothing may be under way. */
  beginEpoch(epoch: string): void;
  /** Rows up to `seq` were read; those of `underWay` (ascending) are not done yet. */
  read(seq: number, underWay: readonly RowUnderWay[]): void;
  done(seq: number): void;
}

export function createProgress(start: Position | undefined): Progress {
  let epoch = start?.epoch;
  let readSeq = start?.seq ?? 0;
  // Rows are added in ascending order, so the first is the least.
  const underWay = new Map<number, number>();
  const doneSeq = () => {
    for (const seq of underWay.keys()) return seq - 1;
    return readSeq;
  };
  return {
    get epoch() {
      return epoch;
    },
    get readSeq() {
      return readSeq;
    },
    get doneSeq() {
      return doneSeq();
    },
    get position() {
      return epoch === undefined ? undefined : { epoch, seq: doneSeq() };
    },
    get oldestAtMs() {
      for (const appendedAtMs of underWay.values()) return appendedAtMs;
      return 0;
    },
    beginEpoch: (next) => {
      epoch = next;
      readSeq = 0;
    },
    read: (seq, rows) => {
      readSeq = seq;
      for (const row of rows) underWay.set(row.seq, row.appendedAtMs);
    },
    done: (seq) => void underWay.delete(seq),
  };
}
