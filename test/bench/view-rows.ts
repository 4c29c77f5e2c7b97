import type { BareAnswer } from './bare-server.ts';
import { type CachedView, FROM_MEMORY } from './cached-view.ts';
import type { ExpectedAnswer } from './load-generator.ts';

/** One line of the table: what is asked of which server, and what must come back. */
export interface ViewRow {
  readonly name: string;
  readonly server: 'bare' | 'bare-same-headers' | 'bff' | 'popular' | 'checking';
  readonly headers: Readonly<Record<string, string>>;
  readonly expected: ExpectedAnswer;
}

/** Writes as many bytes as the BFF does, head and body. */
export const BARE_SAME_BYTES = 'bare node:http, every header too';
export const OURS = 'admin BFF';
export const POPULAR = 'Express 5 + bentocache';
/** The same with the least that tells who asks, whether they may and how often they did. */
export const CHECKING = `${POPULAR}, log-in and limit checked`;

/** The first is what the others are compared with. */
export function viewRows({ authorization, etag }: CachedView): readonly ViewRow[] {
  const anything = { status: 200, cacheStatus: [] };
  const fromMemory = { status: 200, cacheStatus: FROM_MEMORY };
  return [
    { name: 'bare node:http', server: 'bare', headers: { authorization }, expected: anything },
    {
      name: BARE_SAME_BYTES,
      server: 'bare-same-headers',
      headers: { authorization },
      expected: anything,
    },
    { name: OURS, server: 'bff', headers: { authorization }, expected: fromMemory },
    {
      name: 'admin BFF, 304',
      server: 'bff',
      headers: { authorization, 'if-none-match': etag },
      expected: { ...fromMemory, status: 304 },
    },
    {
      // A range is nothing that a view knows, so it is answered whole, but not by the fast path.
      name: 'admin BFF, through Express',
      server: 'bff',
      headers: { authorization, range: 'bytes=0-' },
      expected: fromMemory,
    },
    { name: POPULAR, server: 'popular', headers: { authorization }, expected: anything },
    { name: CHECKING, server: 'checking', headers: { authorization }, expected: anything },
  ];
}

/** The same bytes of body under the least that makes them readable, or under all of the BFF's. */
export function bareAnswers({
  body,
  headers,
}: CachedView): Record<'bare' | 'bare-same-headers', BareAnswer> {
  const length = String(Buffer.byteLength(body));
  return {
    bare: {
      body,
      headers: ['content-type', 'application/json; charset=utf-8', 'content-length', length],
    },
    'bare-same-headers': { body, headers },
  };
}
