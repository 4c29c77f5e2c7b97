import type { DomainServiceName } from '@cloudphone/contracts';
import type { Health } from '@cloudphone/runtime';

const TIMEOUT_MS = 800;

/** A service that is away degrades a BFF, it does not take it down. */
export function watchServices(
  health: Health,
  urls: Readonly<Record<DomainServiceName, string>>,
): void {
  for (const [name, url] of Object.entries(urls)) {
    health.addPart(`${name}-service`, {
      isRequired: false,
      check: async () => {
        const { ok } = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        return { status: ok ? 'ok' : 'down' };
      },
    });
  }
}
