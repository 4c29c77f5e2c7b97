import { afterAll, onTestFinished } from 'vitest';

type Stop = () => Promise<void>;

const stops: Stop[] = [];

/** Runs `stop` when the test that calls this ends, or when its file ends if no test is running. */
export function whenDone(stop: Stop): void {
  try {
    onTestFinished(stop);
  } catch {
    stops.push(stop);
  }
}

// Registered on import, so that it holds for what a beforeAll starts: a hook cannot add hooks.
afterAll(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
