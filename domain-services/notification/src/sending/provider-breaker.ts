import type { Outcome } from '../channels/channel.ts';

/** So many messages in a row that the provider could not even begin: it is away. */
const THRESHOLD = 10;

/** Sees from what comes back that a provider is away. One for each channel of a process. */
export interface ProviderBreaker {
  /** Why the provider is taken to be away, told once for each time that it goes. */
  note(outcomes: readonly Outcome[]): string | undefined;
}

export function createProviderBreaker(): ProviderBreaker {
  let failures = 0;
  return {
    note: (outcomes) => {
      let code: string | undefined;
      for (const outcome of outcomes) {
        if (outcome.kind !== 'unavailable') failures = 0;
        else if (outcome.because === 'provider-away') {
          failures += 1;
          code = outcome.code;
        }
      }
      if (failures < THRESHOLD || code === undefined) return undefined;
      // Whoever is told stops sending; what is noted after that is a new matter.
      failures = 0;
      return code;
    },
  };
}
