import type { Logger } from './logger.ts';

/** What a process opened, closed in reverse order. */
export interface Lifecycle {
  /** True from the first sign of stopping: readiness answers 503, nothing new is begun. */
  readonly isStopping: boolean;
  /** Runs as soon as stopping begins, before anything is closed (readiness off, drain). */
  onStopping(run: () => void): void;
  /** Registers what undoes the step just taken; runs in reverse order, each at most once. */
  onClose(name: string, close: () => Promise<void> | void): void;
  /** Closes everything. A step that fails or takes over 8 s is logged and passed over. */
  close(): Promise<void>;
}

const STEP_TIMEOUT_MS = 8_000;

export function createLifecycle(logger: Logger): Lifecycle {
  const steps: { name: string; close: () => Promise<void> | void }[] = [];
  const stoppingListeners: (() => void)[] = [];
  let closing: Promise<void> | undefined;

  const closeStep = async (step: (typeof steps)[number]): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`over ${STEP_TIMEOUT_MS} ms`)), STEP_TIMEOUT_MS);
    });
    try {
      await Promise.race([step.close(), tooLong]);
    } catch (err) {
      logger.warn({ err, step: step.name }, 'a part did not close properly');
    } finally {
      clearTimeout(timer);
    }
  };

  const closeAll = async (): Promise<void> => {
    for (const listener of stoppingListeners) listener();
    for (let step = steps.pop(); step; step = steps.pop()) await closeStep(step);
  };

  return {
    get isStopping() {
      return closing !== undefined;
    },
    onStopping: (run) => void stoppingListeners.push(run),
    onClose: (name, close) => void steps.push({ name, close }),
    close: () => {
      closing ??= Promise.resolve().then(closeAll);
      return closing;
    },
  };
}

/**
 * Runs a process until SIGTERM or SIGINT: starts it, then closes what it registered. A failed start
 * or an unforeseen rejection is logged, everything is closed and the exit code is 1.
 */
export function runProcess(logger: Logger, start: (lifecycle: Lifecycle) => Promise<void>): void {
  const lifecycle = createLifecycle(logger);
  const stop = (exitCode: number) => {
    process.exitCode = exitCode;
    void lifecycle.close().then(() => process.exit());
  };
  const fail = (err: unknown, message: string) => {
    logger.error({ err }, message);
    stop(1);
  };
  process.once('SIGTERM', () => stop(0));
  process.once('SIGINT', () => stop(0));
  process.on('uncaughtException', (err) => fail(err, 'an exception that nobody caught'));
  process.on('unhandledRejection', (err) => fail(err, 'a rejection that nobody handled'));
  start(lifecycle).then(
    () => logger.info({}, 'ready'),
    (err: unknown) => fail(err, 'could not start'),
  );
}
