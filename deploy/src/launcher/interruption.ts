/** Tells of the first Ctrl-C, SIGTERM or closed terminal, or of the end of the npm above. */
export interface Interruption {
  readonly signal: AbortSignal;
  readonly happened: Promise<void>;
}

/** From now on those signals no longer end this process: whoever asks has to. */
export function watchInterruption(env: NodeJS.ProcessEnv = process.env): Interruption {
  const abort = new AbortController();
  const happened = new Promise<void>((resolve) => {
    const interrupt = () => {
      abort.abort(new Error('Interrupted.'));
      resolve();
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
    if (env.npm_lifecycle_event !== undefined) onParentGone(interrupt);
  });
  return { signal: abort.signal, happened };
}

/** npm passes SIGTERM to the shell between it and us, which ends without passing it on. */
function onParentGone(then: () => void): void {
  const parent = process.ppid;
  const watching = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watching);
    then();
  }, 500);
  watching.unref();
}
