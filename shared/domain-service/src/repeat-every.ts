import type { Clock, Lifecycle, Logger } from '@cloudphone/runtime';

/**
 * Runs a chore now and every so often until the lifecycle closes, which waits for one that is under
 * way. One that fails is logged and comes round again; two never overlap.
 */
export function repeatEvery(
  intervalMs: number,
  chore: { readonly name: string; readonly run: () => Promise<unknown> },
  tools: { readonly clock: Clock; readonly logger: Logger; readonly lifecycle: Lifecycle },
): void {
  const { clock, logger, lifecycle } = tools;
  let cancel = () => {};
  let underWay = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      await chore.run();
    } catch (err) {
      logger.warn({ err, chore: chore.name }, 'a chore failed; it comes round again');
    }
    if (!lifecycle.isStopping) cancel = clock.after(intervalMs, begin);
  };
  const begin = () => {
    underWay = run();
  };
  begin();
  lifecycle.onClose(chore.name, () => {
    cancel();
    return underWay;
  });
}
