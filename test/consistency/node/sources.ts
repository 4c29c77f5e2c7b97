import { Agent, get, type IncomingMessage } from 'node:http';
import { appError, upstreamFailed, upstreamTimeout, upstreamUnavailable } from '@cloudphone/errors';
import { currentReadContext } from '@cloudphone/runtime';
import type { ItemAnswer, ListingAnswer, OwnerAnswer } from '../truth/true-world.ts';
import type { SourceReply } from '../truth/truth-server.ts';
import {
  type Key,
  keyOfItem,
  keyOfItemsOf,
  keyOfList,
  keyOfOffer,
  keyOfOwner,
} from '../world-map.ts';

export interface OfferAnswer {
  readonly key: Key;
  readonly version: number;
  /** Epoch ms: from then on it is another one. */
  readonly untilMs: number;
}

/** What views load from. Each call tells the view being loaded what its answer was built from. */
export interface Sources {
  item(id: number): Promise<ItemAnswer>;
  owner(id: number): Promise<OwnerAnswer>;
  offer(ownerId: number): Promise<OfferAnswer>;
  list(id: number): Promise<ListingAnswer>;
  itemsOf(ownerId: number): Promise<ListingAnswer>;
  /** Which tags these depend on is only known from the reply. */
  items(ids: readonly number[]): Promise<readonly ItemAnswer[]>;
  owners(ids: readonly number[]): Promise<readonly OwnerAnswer[]>;
}

const TIMEOUT_MS = 500;
/** How the checker itself asks, for what it judges by: in no hurry. */
export const ASIDE = { service: 'truth', timeoutMs: 15_000 } as const;

/** With `tellsInstants` false nobody hears when answers change by time alone. */
export function createSources(
  truthUrl: string,
  options: { readonly tellsInstants?: boolean; readonly timeoutMs?: number } = {},
): Sources {
  const { tellsInstants = true, timeoutMs = TIMEOUT_MS } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });

  const ask = async <Body>(
    of: string,
    ids: readonly number[],
    knownTags?: readonly string[],
  ): Promise<Body> => {
    const context = currentReadContext();
    const minVersion = knownTags?.[0] && context?.minVersionOf(knownTags[0]);
    const call = context?.beginCall(knownTags);
    try {
      const url = `${truthUrl}/read?of=${of}&ids=${ids.join(',')}`;
      const headers = minVersion ? { 'min-version': String(minVersion) } : {};
      const reply = await getJson<SourceReply>(url, { agent, service: of, headers, timeoutMs });
      const { tags, changesAtMs } = reply;
      call?.answered(tellsInstants && changesAtMs ? { tags, changesAtMs } : { tags });
      if (reply.absence) throw appError('not_found', { privateDetail: reply.absence });
      return reply.body as Body;
    } catch (err) {
      // Told already when there was an answer: the first end counts.
      call?.failed();
      throw err;
    }
  };

  return {
    item: (id) => ask('item', [id], [keyOfItem(id)]),
    owner: (id) => ask('owner', [id], [keyOfOwner(id)]),
    offer: (ownerId) => ask('offer', [ownerId], [keyOfOffer(ownerId)]),
    list: (id) => ask('list', [id], [keyOfList(id)]),
    itemsOf: (ownerId) => ask('items-of', [ownerId], [keyOfItemsOf(ownerId)]),
    items: async (ids) => (ids.length === 0 ? [] : await ask('items', ids)),
    owners: async (ids) => (ids.length === 0 ? [] : await ask('owners', ids)),
  };
}

/** Throws as service clients do: time-outs, refusals and 5xx are the source's failure. */
export function getJson<Body>(
  url: string,
  options: {
    readonly agent?: Agent;
    readonly service: string;
    readonly timeoutMs?: number;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<Body> {
  const { service, agent, timeoutMs = TIMEOUT_MS, headers = {} } = options;
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, ...(agent ? { agent } : {}) }, (response) => {
      readText(response).then(
        (text) => {
          if (response.statusCode === 200) resolve(JSON.parse(text) as Body);
          else reject(upstreamFailed(service, `answered ${response.statusCode}`));
        },
        (err: unknown) => reject(upstreamFailed(service, 'broke off', err)),
      );
    });
    const timer = setTimeout(() => {
      reject(upstreamTimeout(service, timeoutMs));
      request.destroy();
    }, timeoutMs);
    request.on('close', () => clearTimeout(timer));
    request.on('error', (cause) => reject(upstreamUnavailable(service, cause.message, { cause })));
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  return text;
}
