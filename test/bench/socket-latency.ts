import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { percentile } from './statistics.ts';

/** One plain client. The channels that its log-in does not give it are subscribed to. */
export interface ListeningSocket {
  readonly url: string;
  readonly token: string;
  readonly channels?: readonly string[];
}

/** A change that has been committed, and how its frame is told from others. */
export interface CommittedChange {
  readonly key: string;
  /** By `nowMs`, as close after the commit as the trigger can know it. */
  readonly committedAtMs: number;
  /** Sockets that must hear it; 1 unless told. */
  readonly listeners?: number;
}

export interface SocketLatencyOptions {
  readonly sockets: readonly ListeningSocket[];
  readonly eventName: string;
  /** Commits the change number `n`. */
  readonly trigger: (n: number) => Promise<CommittedChange>;
  /** What a frame and its change have in common; the event's id unless told. */
  readonly keyOf?: (frame: Readonly<Record<string, unknown>>) => string;
  readonly changes: number;
  /** Changes are begun at this rate whether or not earlier ones are done. */
  readonly perSecond: number;
  /** Begun first and not counted. Default 50. */
  readonly warmUpChanges?: number;
  /** How long the last frames may take. Default 5,000 ms. */
  readonly settleMs?: number;
}

/** All times in ms. Frames that never came are in no percentile: look at `missing` first. */
export interface SocketLatency {
  readonly frames: number;
  /** Expected but not heard. */
  readonly missing: number;
  /** Heard a second time by the same socket. */
  readonly repeated: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** One-minute load average of the machine after the run. */
  readonly load: number;
}

/** Wall clock with fractions of a millisecond; processes of one machine agree on it. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * From a change's commit to the callback of plain socket.io-client, under a steady load. Triggers
 * that fail make it throw.
 */
export async function measureSocketLatency(options: SocketLatencyOptions): Promise<SocketLatency> {
  const { changes, warmUpChanges = 50, settleMs = 5_000, keyOf = eventId } = options;
  const sockets: Socket[] = [];
  const heardAtMs = new Map<string, Map<number, number>>();
  let repeated = 0;
  try {
    for (const [index, listening] of options.sockets.entries()) {
      const socket = await connect(listening);
      sockets.push(socket);
      socket.on(options.eventName, (frame: Readonly<Record<string, unknown>>) => {
        const atMs = nowMs();
        const key = keyOf(frame);
        const heard = heardAtMs.get(key) ?? new Map<number, number>();
        heardAtMs.set(key, heard);
        if (heard.has(index)) repeated += 1;
        else heard.set(index, atMs);
      });
    }
    const beganAtMs = nowMs();
    const committed = await triggerAll(options, warmUpChanges + changes);
    const tookMs = nowMs() - beganAtMs;
    const counted = committed.slice(warmUpChanges);
    const expected = counted.reduce((sum, { listeners = 1 }) => sum + listeners, 0);
    const heard = () =>
      counted.flatMap(({ key, committedAtMs }) =>
        [...(heardAtMs.get(key)?.values() ?? [])].map((atMs) => atMs - committedAtMs),
      );
    const deadlineMs = nowMs() + settleMs;
    while (heard().length < expected && nowMs() < deadlineMs) await sleep(20);
    const latencies = heard().sort((a, b) => a - b);
    return {
      frames: latencies.length,
      missing: Math.max(0, expected - latencies.length),
      repeated,
      perSecond: (committed.length / tookMs) * 1_000,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      maxMs: percentile(latencies, 1),
      load: loadavg()[0] ?? Number.NaN,
    };
  } finally {
    for (const socket of sockets) socket.disconnect();
  }
}

const eventId = (frame: Readonly<Record<string, unknown>>) => String(frame.id);

/** Open loop: a change that is late is begun at once, so a stall is measured and not left out. */
async function triggerAll(
  { trigger, perSecond }: SocketLatencyOptions,
  count: number,
): Promise<CommittedChange[]> {
  const beganAtMs = nowMs();
  const begun: Promise<CommittedChange>[] = [];
  for (let n = 0; n < count; n += 1) {
    const dueMs = beganAtMs + (n / perSecond) * 1_000;
    if (dueMs - nowMs() > 1) await sleep(dueMs - nowMs());
    const change = trigger(n);
    // A failure is thrown by Promise.all below; until then it is nobody's unhandled rejection.
    change.catch(() => undefined);
    begun.push(change);
  }
  return Promise.all(begun);
}

async function connect(listening: ListeningSocket): Promise<Socket> {
  const socket = io(listening.url, {
    transports: ['websocket'],
    auth: { token: listening.token },
    reconnection: false,
    forceNew: true,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  for (const channel of listening.channels ?? []) {
    const answer: { ok: boolean; code?: string } = await socket.emitWithAck('subscribe', {
      channel,
    });
    if (!answer.ok) throw new Error(`${channel} was refused: ${answer.code}`);
  }
  return socket;
}
