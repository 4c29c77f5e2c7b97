import type { ServiceTools } from '@cloudphone/domain-service';
import type { Provider } from '../provider/provider.ts';
import type { DeviceTables } from '../schema.ts';
import { type ClaimedDevice, createDeviceWork } from './device-work.ts';
import { stepOf } from './steps.ts';

/** Brings devices that were asked for to where they should be. */
export interface StepPerformer {
  /** Looks for work now, and from now on every second. */
  start(): void;
  /** There may be work: look at once. */
  wake(): void;
  /** Stops taking work and hands back what is under way. */
  close(): Promise<void>;
}

const AT_ONCE = 50;
/** Longer than a step may take, so a claim never ends while its step is still running. */
const LEASE_MS = 30_000;
const STEP_TIMEOUT_MS = 20_000;
/** Finds what others left behind; new work wakes the performer by itself. */
const LOOK_EVERY_MS = 1_000;

export function createStepPerformer(
  tools: ServiceTools<DeviceTables>,
  provider: Provider,
): StepPerformer {
  const { clock, logger } = tools;
  const work = createDeviceWork(tools);
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let mustLookAgain = false;
  let cancelTimer = () => {};

  const perform = async (claimed: ClaimedDevice): Promise<void> => {
    const { device } = claimed;
    const step = stepOf(device.status);
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(STEP_TIMEOUT_MS)]);
    try {
      const outcome = await provider
        .perform(step, { id: device.id, name: device.name, nodeName: device.node_name }, signal)
        .catch((err: unknown) => {
          if (stopping.signal.aborted) throw err;
          logger.error({ err, device: device.id, step }, 'the provider failed');
          return { isDone: false, reason: 'The provider gave no answer.' } as const;
        });
      await work.finish(claimed, outcome);
    } catch (err) {
      if (stopping.signal.aborted) return work.release(claimed);
      logger.error(
        { err, device: device.id, step },
        'an outcome could not be written; it is tried again when its claim ends',
      );
    }
  };

  const look = async (): Promise<void> => {
    do {
      mustLookAgain = false;
      const free = AT_ONCE - underWay.size;
      if (free === 0) return;
      for (const claimed of await work.claim(free, LEASE_MS)) {
        const performing = perform(claimed)
          .catch((err: unknown) => logger.error({ err }, 'a step could not be handed back'))
          .finally(() => {
            underWay.delete(performing);
            wake();
          });
        underWay.add(performing);
      }
    } while (mustLookAgain && !stopping.signal.aborted);
  };

  function wake(): void {
    mustLookAgain = true;
    if (looking !== undefined || stopping.signal.aborted) return;
    looking = look()
      .catch((err: unknown) => logger.warn({ err }, 'the work list cannot be read at the moment'))
      .finally(() => {
        looking = undefined;
      });
  }

  const lookEverySoOften = (): void => {
    wake();
    cancelTimer = clock.after(LOOK_EVERY_MS, lookEverySoOften);
  };

  return {
    start: lookEverySoOften,
    wake,
    close: async () => {
      stopping.abort();
      cancelTimer();
      await looking;
      await Promise.all(underWay);
    },
  };
}
