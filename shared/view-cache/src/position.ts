/**
 * A place in the log of changes: `epoch` names one unbroken life of the log, `seq` counts its
 * entries without holes. Positions of different epochs are not comparable.
 */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** Whether what is known up to `reached` includes everything up to `wanted`. */
export function includes(reached: Position | undefined, wanted: Position): boolean {
  return reached !== undefined && reached.epoch === wanted.epoch && reached.seq >= wanted.seq;
}

/**
 * Nobody's position: of what was loaded before the log was ever reached, or is made of a laggard's
 * answers. No entry that has it is ever kept.
 */
export const NOWHERE: Position = { epoch: '', seq: 0 };
