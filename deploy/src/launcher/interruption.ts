/** Resolves at the first Ctrl-C, SIGTERM or closed terminal; `signal` is aborted then. */
export interface Interruption {
  readonly signal: AbortSignal;
  readonly happened: Promise<void>;
}

/** From now on those signals no longer end this process: whoever asks has to. */
export function watchInterruption(): Interruption {
  const abort = new AbortController();
  const happened = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        abort.abort(new Error('Interrupted.'));
        resolve();
      });
    }
  });
  return { signal: abort.signal, happened };
}
