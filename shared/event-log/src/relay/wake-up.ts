import { type Clock, pause } from '@cloudphone/runtime';

/** A sleeper that never sleeps through a call: one that comes before it lies down counts too. */
export interface WakeUp {
  call(): void;
  /** Resolves when called (also since the last sleep), after `atMostMs`, or when aborted. */
  sleep(atMostMs: number, signal: AbortSignal): Promise<'called' | 'nobody called'>;
}

export function createWakeUp(clock: Clock): WakeUp {
  let wasCalled = false;
  let sleeper: AbortController | undefined;
  return {
    call: () => {
      wasCalled = true;
      sleeper?.abort();
    },
    sleep: async (atMostMs, signal) => {
      if (!wasCalled) {
        sleeper = new AbortController();
        const wake = () => sleeper?.abort();
        signal.addEventListener('abort', wake, { once: true });
        if (signal.aborted) wake();
        await pause(clock, atMostMs, sleeper.signal);
        signal.removeEventListener('abort', wake);
        sleeper = undefined;
      }
      const outcome = wasCalled ? 'called' : 'nobody called';
      wasCalled = false;
      return outcome;
    },
  };
}
