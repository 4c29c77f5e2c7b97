/** What was begun and has to be ended, the last first. */
export interface Undoing {
  add(step: () => Promise<void>): void;
  /** Takes every step, also after one failed; throws the first failure. May be asked again. */
  undo(): Promise<void>;
}

export function createUndoing(): Undoing {
  const steps: (() => Promise<void>)[] = [];
  let before: Promise<void> = Promise.resolve();
  const undoAll = async () => {
    const failures: unknown[] = [];
    for (let step = steps.pop(); step; step = steps.pop()) {
      await step().catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
  return {
    add: (step) => steps.push(step),
    undo: () => {
      before = before.catch(() => undefined).then(undoAll);
      return before;
    },
  };
}
