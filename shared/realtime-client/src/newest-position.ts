import { formatPosition, type Position, parseConsistencyToken } from '@cloudphone/contracts';

/** Epochs change with a lost Redis: rarely. */
const REMEMBERED_EPOCHS = 16;

/**
 * The newest place in the log that was heard of. Within an epoch the highest number wins; of two
 * epochs the one that was heard of later, since the log never returns to an epoch it left.
 */
export interface NewestPosition {
  /** Anything but a position is passed over. */
  observe(token: string): void;
  token(): string | undefined;
}

export function createNewestPosition(): NewestPosition {
  let newest: Position | undefined;
  const leftEpochs: string[] = [];
  return {
    observe: (token) => {
      const parsed = parseConsistencyToken(token);
      if (parsed?.kind !== 'position' || leftEpochs.includes(parsed.position.epoch)) return;
      const { position } = parsed;
      if (newest !== undefined && newest.epoch === position.epoch) {
        if (position.seq > newest.seq) newest = position;
        return;
      }
      if (newest !== undefined) leftEpochs.push(newest.epoch);
      if (leftEpochs.length > REMEMBERED_EPOCHS) leftEpochs.shift();
      newest = position;
    },
    token: () => (newest === undefined ? undefined : formatPosition(newest)),
  };
}
