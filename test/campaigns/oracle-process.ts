import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../consistency/processes/child.ts';

/** How the provider behaves; shares are of people, chosen by their ids. */
export interface OracleManner {
  readonly bounceShare: number;
  /** Refused the first time, accepted the second. */
  readonly busyShare: number;
  readonly latencyMs: number;
}

/** What it accepted for one person. */
export interface Accepted {
  readonly userId: string;
  readonly messages: number;
  readonly keys: number;
}

/**
 * The oracle: a provider in a process that is never killed and logs every message that it accepts, so
 * what the engine says of itself can be held against it.
 */
interface Message {
  readonly key: string;
  readonly userId: string;
}

let manner: OracleManner = { bounceShare: 0, busyShare: 0, latencyMs: 0 };
const log: { userId: string; key: string; atMs: number }[] = [];
const refused = new Set<string>();

/** 0 to 1, the same for the same person. */
const shareOf = (userId: string, salt: string): number =>
  createHash('sha1').update(`${salt}${userId}`).digest().readUInt32BE(0) / 2 ** 32;

function judge({ key, userId }: Message): 'accepted' | 'bounced' | 'busy' {
  if (shareOf(userId, 'bounce') < manner.bounceShare) return 'bounced';
  if (shareOf(userId, 'busy') < manner.busyShare && !refused.has(userId)) {
    refused.add(userId);
    return 'busy';
  }
  log.push({ userId, key, atMs: performance.now() });
  return 'accepted';
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const messages = JSON.parse(Buffer.concat(parts).toString()) as Message[];
    const verdicts = JSON.stringify(messages.map(judge));
    setTimeout(() => response.end(verdicts), manner.latencyMs);
  });
});

answerParent({
  open: () =>
    new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        resolve(`http://127.0.0.1:${port}/`);
      });
    }),
  behave: (wanted: OracleManner) => {
    manner = wanted;
  },
  accepted: (): Accepted[] => {
    const people = new Map<string, { messages: number; keys: Set<string> }>();
    for (const { userId, key } of log) {
      const person = people.get(userId) ?? { messages: 0, keys: new Set<string>() };
      people.set(userId, { messages: person.messages + 1, keys: person.keys.add(key) });
    }
    return [...people].map(([userId, { messages, keys }]) => {
      return { userId, messages, keys: keys.size };
    });
  },
  bouncing: (userIds: readonly string[]) =>
    userIds.filter((userId) => shareOf(userId, 'bounce') < manner.bounceShare),
  arrivalTimes: () => log.map(({ atMs }) => atMs),
});
