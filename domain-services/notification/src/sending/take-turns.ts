/** For how long portions go on before the event loop goes round. */
const ROUND_MS = 2;

/**
 * Portions of work take turns: each begins when the one before has come to its first wait, and once
 * they have taken two milliseconds together, whatever has arrived is heard first. A portion should
 * take a millisecond at most.
 */
export function createTurns(now: () => number = () => performance.now()): () => Promise<void> {
  const waiting: (() => void)[] = [];
  let isRunning = false;
  let roundBeganMs = 0;
  const beginRound = (): void => {
    roundBeganMs = now();
    beginNext();
  };
  const beginNext = (): void => {
    const begin = waiting.shift();
    if (begin === undefined) {
      isRunning = false;
    } else if (now() - roundBeganMs >= ROUND_MS) {
      waiting.unshift(begin);
      setImmediate(beginRound);
    } else {
      begin();
      // Behind the portion that has just been let go.
      queueMicrotask(beginNext);
    }
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (isRunning) return;
      isRunning = true;
      setImmediate(beginRound);
    });
}
