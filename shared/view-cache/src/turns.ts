import type { CacheCore } from './core.ts';
import type { Fill } from './flights.ts';
import type { Mission } from './mission.ts';

/** How long a holder that has died keeps others waiting. */
const LEASE_MS = 1_000;
const ASK_EVERY_MS = 100;

interface Steps {
  /** Looks into the second tier again, with a position of now. */
  lookAgain(): Promise<Fill | undefined>;
  load(): Promise<Fill>;
}

/**
 * One process of the cluster loads, the others wait for what it stores. Nothing hangs on it: a
 * holder that dies is waited for as long as its lease, one that brings nothing fitting is waited for
 * once, and without Redis everybody loads.
 */
export async function takeTurn(core: CacheCore, mission: Mission, steps: Steps): Promise<Fill> {
  const { key } = mission.request;
  // A load of this process that holds the lease was found unfit to be joined: no use to wait for it.
  const isPointless = core.failing.find(key) || mission.flight.isForced || core.leases.has(key);
  if (isPointless) return await steps.load();
  const turn = await awaitTurn(core, mission, steps);
  if (turn.fill) return turn.fill;
  if (!turn.isHolder) return await steps.load();
  core.leases.add(key);
  const stopRenewing = keepLease(core, key);
  try {
    return await steps.load();
  } finally {
    stopRenewing();
    core.leases.delete(key);
    // After what was stored on the way: commands of one connection keep their order.
    core.store
      .ask((store) => store.releaseLease(key, core.holder))
      .catch((err: unknown) => core.logger.debug({ err, key }, 'a lease is left to expire'));
  }
}

async function awaitTurn(
  core: CacheCore,
  { request }: Mission,
  steps: Steps,
): Promise<{ readonly isHolder: boolean; readonly fill?: Fill | undefined }> {
  const { key, view } = request;
  const giveUpAtMs = core.clock.monotonicMs() + view.budgetMs;
  let wasReleased = false;
  try {
    for (;;) {
      // Sent together, in this order: if another holder has just stored its answer, it is seen.
      const taking = core.store.ask((store) => store.takeLease(key, core.holder, LEASE_MS));
      const [isHolder, fill] = await Promise.all([taking, steps.lookAgain()]);
      if (fill && isHolder) await core.store.ask((store) => store.releaseLease(key, core.holder));
      if (fill || isHolder) return { isHolder, fill };
      if (wasReleased || core.clock.monotonicMs() >= giveUpAtMs) return { isHolder: false };
      wasReleased = await core.releases.next(key, ASK_EVERY_MS);
    }
  } catch (err) {
    core.logger.debug({ err, key }, 'a view is loaded without a lease');
    return { isHolder: false };
  }
}

function keepLease(core: CacheCore, key: string): () => void {
  let cancel = () => {};
  const renewLater = (): void => {
    cancel = core.clock.after(LEASE_MS / 3, () => {
      core.store
        .ask((store) => store.renewLease(key, core.holder, LEASE_MS))
        .catch((err: unknown) => core.logger.debug({ err, key }, 'a lease was not renewed'));
      renewLater();
    });
  };
  renewLater();
  return () => cancel();
}
