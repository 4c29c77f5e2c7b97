import type { Authenticate } from '@cloudphone/http';
import { type Clock, type Lifecycle, type Logger, systemClock } from '@cloudphone/runtime';
import type { ServiceClients } from '@cloudphone/service-clients';

const MINUTE_MS = 60_000;
const MAX_NOTED = 1_000;

/**
 * Tells the user service once a minute who was here: each person once, at most a thousand (the rest
 * is seen when they refresh their log-in). What the fast path serves is not looked at: it costs as
 * much as a look at the clock, and whoever is served by it refreshes every ten minutes. A minute
 * that cannot be told is forgotten.
 */
export function createActivityNotes(options: {
  readonly services: { readonly user: Pick<ServiceClients['user'], 'noteActivity'> };
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly clock?: Clock;
}): { watch(authenticate: Authenticate): Authenticate } {
  const { services, logger, lifecycle, clock = systemClock } = options;
  const seen = new Set<string>();
  let cancel = () => {};

  const tell = async (): Promise<void> => {
    const userIds = [...seen];
    seen.clear();
    if (userIds.length === 0) return;
    try {
      await services.user.noteActivity({ body: { userIds } });
    } catch (err) {
      logger.debug({ err }, 'who was here could not be told');
    }
  };
  const tellInAMinute = () => {
    cancel = clock.after(MINUTE_MS, () => {
      void tell();
      tellInAMinute();
    });
  };
  tellInAMinute();
  lifecycle.onClose('activity notes', () => cancel());

  return {
    watch: (authenticate) => async (req) => {
      const identity = await authenticate(req);
      if (identity !== undefined && seen.size < MAX_NOTED) seen.add(identity.userId);
      return identity;
    },
  };
}
