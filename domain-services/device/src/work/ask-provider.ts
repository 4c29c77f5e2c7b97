import type { Logger } from '@cloudphone/runtime';
import type { ProviderOutcome } from '../provider/provider.ts';

const NO_ANSWER = { isDone: false, reason: 'The provider gave no answer.' } as const;

/**
 * The outcome of a call to the provider: one that fails on the way is a refusal of its own. Rejects
 * only when the process stops.
 */
export async function askProvider(
  call: () => Promise<ProviderOutcome>,
  options: { readonly signal: AbortSignal; readonly logger: Logger; readonly about: object },
): Promise<ProviderOutcome> {
  const { signal, logger, about } = options;
  try {
    return await call();
  } catch (err) {
    if (signal.aborted && !isTimeout(signal)) throw err;
    logger.error({ err, ...about }, 'the provider failed');
    return NO_ANSWER;
  }
}

const isTimeout = ({ reason }: AbortSignal): boolean =>
  reason instanceof DOMException && reason.name === 'TimeoutError';
