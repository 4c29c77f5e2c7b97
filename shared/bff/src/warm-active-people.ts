import { type Clock, type Lifecycle, type Logger, systemClock } from '@cloudphone/runtime';
import type { ServiceClients } from '@cloudphone/service-clients';
import type { ViewCache } from '@cloudphone/view-cache';
import type { Audience } from './scope-of.ts';

const WITHIN_MINUTES = 15;
const MOST_PEOPLE = 100;
const EVERY_MS = 5 * 60_000;

interface WarmingOptions {
  /** Names of views that each person has one of, and that take no parameters but optional ones. */
  readonly views: readonly string[];
  readonly audience: Audience;
  readonly services: { readonly user: Pick<ServiceClients['user'], 'listActiveUsers'> };
  readonly cache: Pick<ViewCache<ServiceClients>, 'warm'>;
  readonly logger: Logger;
  readonly lifecycle: Pick<Lifecycle, 'onClose'>;
  readonly clock?: Clock;
}

/**
 * Brings the first screens of people who were here in the last quarter of an hour into memory, now
 * and every five minutes: whoever comes back after a start finds them there. A few loads at a time;
 * without the user service it is tried again the next time.
 */
export function warmActivePeople(options: WarmingOptions): void {
  const { views, logger, lifecycle, clock = systemClock } = options;
  if (views.length === 0) return;
  let cancel = (): void => undefined;
  const warmNowAndLater = (): void => {
    warm(options).catch((err: unknown) => logger.info({ err }, 'first screens were not warmed'));
    cancel = clock.after(EVERY_MS, warmNowAndLater);
  };
  lifecycle.onClose('warming of first screens', async () => cancel());
  warmNowAndLater();
}

async function warm({ views, audience, services, cache }: WarmingOptions): Promise<void> {
  const { people } = await services.user.listActiveUsers({
    query: { withinMinutes: WITHIN_MINUTES, limit: MOST_PEOPLE },
  });
  const recipes = people.flatMap(({ userId, tenantId, permissionVersion }) => {
    const scope = { audience, tenant: tenantId, subject: userId, permissionVersion };
    return views.map((view) => ({ view, params: {}, scope }));
  });
  if (recipes.length > 0) await cache.warm({ recipes, limit: recipes.length });
}
