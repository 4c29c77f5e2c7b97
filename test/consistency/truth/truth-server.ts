import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '@cloudphone/view-cache';
import { createRandom } from '../random.ts';
import { keyOfItem, type Versioned } from '../world-map.ts';
import { answerSlowly } from './answer-slowly.ts';
import { readFloor } from './log-history.ts';
import type { Outbox, OutboxRow } from './outbox.ts';
import type { ServiceName, TrueWorld } from './true-world.ts';

export type ServiceState = 'up' | 'failing' | 'hanging';

/** What a source answers: the thing, and what the answer was built from. */
export interface SourceReply {
  readonly body: unknown;
  readonly tags: readonly { readonly tag: string; readonly version?: number }[];
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
}

const OWN_WRITE_WAIT_MS = 150;

/** The services behind the views, as one process: slow at random, failing when told to. */
export async function startTruthServer(
  parts: TruthParts,
): Promise<{ url: string; server: Server }> {
  const { world, outboxes, write } = parts;
  const random = createRandom(parts.seed);

  const read = (of: string, ids: readonly number[]): SourceReply => {
    const [id = 0] = ids;
    if (of === 'list' || of === 'items-of') {
      const listing = of === 'list' ? world.list(id) : world.itemsOf(id);
      return { body: listing, tags: [{ tag: listing.key }] };
    }
    const one = of.startsWith('item') ? world.item : world.owner;
    const found = ids.map((each) => one(each));
    const tags = found.map(({ key, version }) => ({ tag: key, version }));
    if (of === 'items' || of === 'owners') return { body: found, tags };
    const isGone = of === 'item' && world.item(id).isGone;
    const absence = isGone ? `gone ${keyOfItem(id)}@${found[0]?.version}` : undefined;
    return { body: found[0], tags, ...(absence ? { absence } : {}) };
  };

  const replyTo = async (url: URL): Promise<unknown> => {
    const { pathname, searchParams } = url;
    if (pathname === '/versions') return world.versions();
    if (pathname === '/floor') {
      return readFloor(outboxes, searchParams.get('epoch') ?? '', Number(searchParams.get('seq')));
    }
    if (pathname === '/write') return await replyToWrite(write());
    const of = searchParams.get('of') ?? '';
    const ids = (searchParams.get('ids') ?? '').split(',').filter(Boolean).map(Number);
    return await answerSlowly(random, () => read(of, ids));
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://truth');
    const state = url.pathname === '/read' ? parts.states.get(serviceOf(url)) : 'up';
    // Whoever asks gives up in the end.
    if (state === 'hanging') return;
    if (state === 'failing') return void response.writeHead(500).end();
    replyTo(url).then(
      (reply) => response.end(JSON.stringify(reply)),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function serviceOf(url: URL): ServiceName {
  const of = url.searchParams.get('of') ?? '';
  if (of === 'list' || of === 'items-of') return 'lists';
  return of.startsWith('owner') ? 'owners' : 'items';
}

async function replyToWrite(row: OutboxRow): Promise<WriteReply> {
  const untilMs = performance.now() + OWN_WRITE_WAIT_MS;
  while (row.places.size === 0 && performance.now() < untilMs) await sleep(2);
  const { changed } = row.commit;
  const [place] = [...row.places].slice(-1);
  return place ? { changed, position: { epoch: place[0], seq: place[1].seq } } : { changed };
}
