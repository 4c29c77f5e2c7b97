import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '@cloudphone/view-cache';
import { createRandom } from '../random.ts';
import { keyOfItem, keyOfOffer, offerLastsMs, type Versioned } from '../world-map.ts';
import { answerSlowly } from './answer-slowly.ts';
import type { LaggingCopy } from './lagging-copy.ts';
import { readFloor } from './log-history.ts';
import type { Outbox, OutboxRow } from './outbox.ts';
import type { ItemAnswer, OwnerAnswer, ServiceName, TrueWorld } from './true-world.ts';

/** `lagging`: items and owners are answered from before, as replicas do. */
export type ServiceState = 'up' | 'failing' | 'hanging' | 'lagging';

/** What a source answers: the thing, and what the answer was built from. */
export interface SourceReply {
  readonly body: unknown;
  readonly tags: readonly { readonly tag: string; readonly version?: number }[];
  /** Epoch ms at which it changes by itself. */
  readonly changesAtMs?: number;
  /** There is no such thing any more; the private sentence says which version says so. */
  readonly absence?: string;
}

export interface WriteReply {
  readonly changed: readonly Versioned[];
  /** Where the write's event is; undefined when it was not in the log in time. */
  readonly position?: Position;
}

interface TruthParts {
  readonly world: TrueWorld;
  readonly states: Map<ServiceName, ServiceState>;
  readonly seed: number;
  readonly outboxes: readonly Outbox[];
  readonly write: () => OutboxRow;
  readonly copy: LaggingCopy;
}

/** Shorter than faults are apart: what a node was spared is not what a laggard lacks. */
const LONGEST_LAG_MS = 180;

const OWN_WRITE_WAIT_MS = 150;

/** The services behind the views, as one process: slow at random, failing when told to. */
export async function startTruthServer(
  parts: TruthParts,
): Promise<{ url: string; server: Server }> {
  const { world, outboxes, write, copy } = parts;
  const random = createRandom(parts.seed);

  /** One that knows Min-Version asks its primary, then. */
  const lookBehind = (of: string, minVersion: number) => (id: number) => {
    const lagMs = random.between(20, LONGEST_LAG_MS);
    const found = of.startsWith('item') ? copy.item(id, lagMs) : copy.owner(id, lagMs);
    if (found.version >= minVersion || random.chance(0.5)) return found;
    return of.startsWith('item') ? world.item(id) : world.owner(id);
  };

  const read = ({ of, ids, minVersion, isLagging }: Asked): SourceReply => {
    const [id = 0] = ids;
    if (of === 'offer') return offerOf(id);
    if (of === 'list' || of === 'items-of') {
      const listing = of === 'list' ? world.list(id) : world.itemsOf(id);
      return { body: listing, tags: [{ tag: listing.key }] };
    }
    const whole = of.startsWith('item') ? world.item : world.owner;
    const found: readonly OwnerAnswer[] = ids.map(isLagging ? lookBehind(of, minVersion) : whole);
    const tags = found.map(({ key, version }) => ({ tag: key, version }));
    if (of === 'items' || of === 'owners') return { body: found, tags };
    const [one] = found as readonly Partial<ItemAnswer>[];
    const by = one?.isBehind ? ' behind' : '';
    const absence = one?.isGone ? `gone ${keyOfItem(id)}@${one.version}${by}` : undefined;
    return { body: found[0], tags, ...(absence ? { absence } : {}) };
  };

  const replyTo = async (url: URL, minVersion: number): Promise<unknown> => {
    const { pathname, searchParams } = url;
    if (pathname === '/versions') return world.versions();
    if (pathname === '/floor') {
      return readFloor(outboxes, searchParams.get('epoch') ?? '', Number(searchParams.get('seq')));
    }
    if (pathname === '/write') return await replyToWrite(write());
    const of = searchParams.get('of') ?? '';
    const ids = (searchParams.get('ids') ?? '').split(',').filter(Boolean).map(Number);
    const isLagging = parts.states.get(serviceOf(url)) === 'lagging';
    return await answerSlowly(random, () => read({ of, ids, minVersion, isLagging }));
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://truth');
    const state = url.pathname === '/read' ? parts.states.get(serviceOf(url)) : 'up';
    // Whoever asks gives up in the end.
    if (state === 'hanging') return;
    if (state === 'failing') return void response.writeHead(500).end();
    replyTo(url, Number(request.headers['min-version'] ?? 0)).then(
      (reply) => response.end(JSON.stringify(reply)),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

interface Asked {
  readonly of: string;
  readonly ids: readonly number[];
  readonly minVersion: number;
  readonly isLagging: boolean;
}

function offerOf(ownerId: number): SourceReply {
  const lastsMs = offerLastsMs(ownerId);
  const key = keyOfOffer(ownerId);
  const version = Math.floor(Date.now() / lastsMs);
  const changesAtMs = (version + 1) * lastsMs;
  return { body: { key, version, untilMs: changesAtMs }, tags: [{ tag: key }], changesAtMs };
}

function serviceOf(url: URL): ServiceName {
  const of = url.searchParams.get('of') ?? '';
  if (of === 'list' || of === 'items-of') return 'lists';
  return of.startsWith('item') ? 'items' : 'owners';
}

async function replyToWrite(row: OutboxRow): Promise<WriteReply> {
  const untilMs = performance.now() + OWN_WRITE_WAIT_MS;
  while (row.places.size === 0 && performance.now() < untilMs) await sleep(2);
  const { changed } = row.commit;
  const [place] = [...row.places].slice(-1);
  return place ? { changed, position: { epoch: place[0], seq: place[1].seq } } : { changed };
}
