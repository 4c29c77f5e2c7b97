import type { IncomingMessage } from 'node:http';

export interface Replica {
  readonly name: string;
  readonly port: number;
}

export const STICKY_COOKIE = 'cloudphone-replica';

export interface Chosen {
  readonly replica: Replica;
  /** Whether the caller has to be told which one it is with. */
  readonly isNew: boolean;
}

/**
 * Chooses for one caller: the replica its cookie names while that one is healthy, else the next in
 * turn. Long-polling clients without cookies keep together by address: their session has one home.
 */
export function createChooser(replicas: readonly Replica[]) {
  let turn = 0;
  return (request: IncomingMessage, healthy: ReadonlySet<Replica>): Chosen | undefined => {
    const available = replicas.filter((replica) => healthy.has(replica));
    const named = cookieOf(request);
    const kept = available.find(({ name }) => name === named);
    if (kept) return { replica: kept, isNew: false };
    const index = isCookielessPolling(request, named)
      ? addressNumber(request.socket.remoteAddress)
      : turn++;
    const replica = available[index % available.length];
    return replica && { replica, isNew: true };
  };
}

function cookieOf({ headers }: IncomingMessage): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === STICKY_COOKIE)?.[1];
}

function isCookielessPolling({ url = '' }: IncomingMessage, named: string | undefined): boolean {
  return named === undefined && /[?&]EIO=/.test(url) && /[?&]transport=polling/.test(url);
}

function addressNumber(address = ''): number {
  return [...address].reduce((sum, character) => sum + character.charCodeAt(0), 0);
}
