import { HEADERS, parseCacheTags } from '@cloudphone/contracts';
import { upstreamFailed } from '@cloudphone/errors';
import { currentReadContext, type SourceAnswer } from '@cloudphone/runtime';
import type { ServiceAnswer } from './transport.ts';

/** One call to a source as the view being loaded sees it. The first end told counts. */
export interface Recording {
  /** Its answer, or its absence, is part of the view. Throws upstream_failed for tags that are none. */
  answered(answer: ServiceAnswer): void;
  /** Nothing is known of what it would have said. */
  failed(): void;
}

/**
 * Tells the view being loaded that a call begins, and later what the answer was built from: nothing
 * at all, if so, and then the cache keeps no view made of it. Outside a load nothing is recorded.
 */
export function recordCall(
  service: string,
  knownTags: readonly string[] | undefined,
): Recording | undefined {
  const call = currentReadContext()?.beginCall(knownTags);
  if (call === undefined) return undefined;
  let isTold = false;
  const once = (tell: () => void) => {
    if (isTold) return;
    isTold = true;
    tell();
  };
  return {
    answered: (answer) => {
      const source = sourceOf(service, answer);
      once(() => call.answered(source));
    },
    failed: () => once(() => call.failed()),
  };
}

function sourceOf(service: string, { headers }: ServiceAnswer): SourceAnswer {
  const changesAtMs = Date.parse(headers[HEADERS.cacheUntil] ?? '');
  try {
    const tags = parseCacheTags(headers[HEADERS.cacheTags] ?? '');
    return Number.isNaN(changesAtMs) ? { tags } : { tags, changesAtMs };
  } catch (cause) {
    throw upstreamFailed(service, 'its Cache-Tags cannot be read', cause);
  }
}
