import { afterAll, onTestFinished } from 'vitest';

/** Runs `stop` when the test that calls this ends, or when its file ends if no test is running. */
export function whenDone(stop: () => Promise<void>): void {
  try {
    onTestFinished(stop);
  } catch {
    afterAll(stop);
  }
}
