import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerExit } from '../processes/server-process.ts';

/** Something that runs and is ready. */
export interface Running {
  readonly pid: number;
  readonly exited: Promise<ServerExit>;
  stop(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** What it said last, for the report of its end. */
  lastWords?(): Promise<string>;
}

export interface Supervised {
  readonly name: string;
  /** Absent while it is down or not ready yet. */
  readonly pid: number | undefined;
  /** Resolves when ready. Throws when the first attempts all fail. */
  start(): Promise<void>;
  /** Ends it in order and leaves it down until `start`. */
  stop(): Promise<void>;
  /** Sends a signal; what it kills is started again. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Up for so long, it is forgiven what went before. */
  readonly forgivenAfterMs: number;
}

export interface Supervision {
  readonly name: string;
  /** Resolves when ready, rejects when that cannot be; ends what it began when `signal` aborts. */
  readonly launch: (signal: AbortSignal) => Promise<Running>;
  readonly report: (line: string) => void;
  readonly backoff?: Backoff;
  readonly attemptsAtStart?: number;
}

const BACKOFF: Backoff = { firstMs: 250, maxMs: 10_000, forgivenAfterMs: 30_000 };

/** Keeps one thing running from `start` to `stop`: what ends by itself starts again, ever later. */
export function supervise(supervision: Supervision): Supervised {
  let running: Running | undefined;
  let keeping: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  return {
    name: supervision.name,
    get pid() {
      return running?.pid;
    },
    start: async () => {
      if (keeping) return;
      const abort = new AbortController();
      await new Promise<void>((resolve, reject) => {
        const done = keep(supervision, {
          signal: abort.signal,
          onReady: resolve,
          onGivenUp: reject,
          onChange: (now) => {
            running = now;
          },
        });
        keeping = { abort, done };
      }).catch((error) => {
        keeping = undefined;
        throw error;
      });
    },
    stop: async () => {
      const current = keeping;
      keeping = undefined;
      current?.abort.abort();
      await running?.stop();
      await current?.done;
    },
    kill: async (signal) => running?.kill(signal),
  };
}

interface Keeping {
  readonly signal: AbortSignal;
  readonly onReady: () => void;
  readonly onGivenUp: (error: unknown) => void;
  readonly onChange: (running: Running | undefined) => void;
}

async function keep(supervision: Supervision, keeping: Keeping): Promise<void> {
  const { name, launch, report, backoff = BACKOFF, attemptsAtStart = 3 } = supervision;
  const { signal } = keeping;
  let wasReady = false;
  for (let failures = 0; !signal.aborted; ) {
    let ended: string;
    try {
      const running = await launch(signal);
      if (signal.aborted) await running.stop();
      const readyAt = performance.now();
      keeping.onChange(running);
      if (wasReady) report(`${name} is ready again.`);
      wasReady = true;
      keeping.onReady();
      const exit = await running.exited;
      keeping.onChange(undefined);
      if (performance.now() - readyAt >= backoff.forgivenAfterMs) failures = 0;
      ended = await describeEnd(exit, running);
    } catch (error) {
      ended = `did not start: ${error instanceof Error ? error.message : error}`;
      const isGivenUp = !wasReady && failures + 1 >= attemptsAtStart;
      if (signal.aborted || isGivenUp) {
        return keeping.onGivenUp(new Error(`${name} ${ended}`, { cause: error }));
      }
    }
    if (signal.aborted) return;
    const waitMs = Math.min(backoff.firstMs * 2 ** failures++, backoff.maxMs);
    report(`${name} ${ended}\n${name} starts again in ${waitMs} ms.`);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
  keeping.onGivenUp(new Error(`${name} was stopped before it was ready.`));
}

async function describeEnd({ code, signal }: ServerExit, running: Running): Promise<string> {
  const how = `ended by itself (${signal ?? `code ${code}`}).`;
  const words = (await running.lastWords?.()) ?? '';
  return words === '' ? how : `${how} Its last words:\n${words}`;
}
