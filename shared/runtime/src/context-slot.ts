import { AsyncLocalStorage } from 'node:async_hooks';

/** One thing that travels with a run to everything it awaits. */
export interface ContextSlot<Value> {
  /** What the run leaves behind when its promise has settled may find nothing. */
  run<Result>(value: Value, run: () => Result): Result;
  current(): Value | undefined;
}

/**
 * One storage for all slots. While any is in use, Node 20 tells JavaScript of every asynchronous
 * resource that comes into being, once for each storage: a tenth of what it costs to serve bytes
 * from memory. So there is one, and it rests while nothing runs.
 */
const storage = new AsyncLocalStorage<Readonly<Record<string, unknown>>>();
let running = 0;

export function createContextSlot<Value>(name: string): ContextSlot<Value> {
  return {
    run: (value, run) => {
      running += 1;
      try {
        const result = storage.run({ ...storage.getStore(), [name]: value }, run);
        if (result instanceof Promise) result.then(endRun, endRun);
        else endRun();
        return result;
      } catch (err) {
        endRun();
        throw err;
      }
    },
    current: () => storage.getStore()?.[name] as Value | undefined,
  };
}

function endRun(): void {
  running -= 1;
  if (running === 0) storage.disable();
}
