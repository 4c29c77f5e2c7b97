import { systemClock } from '@cloudphone/runtime';
import { createPublishingLink, createSubscribingLink } from './adapter-links.ts';
import { admitSockets } from './admit-sockets.ts';
import { drainSockets } from './drain.ts';
import type { Realtime, RealtimeOptions } from './realtime.ts';
import { createRecentClosures } from './recent-closures.ts';
import type { ServedSocket } from './serve-socket.ts';
import { rooms } from './socket-identity.ts';
import { createSocketMetrics } from './socket-metrics.ts';
import { openSocketServer } from './socket-server.ts';

const DRAIN_WINDOW_MS = 2_000;

/** Attaches sockets to an HTTP server; they are served as soon as it listens. */
export function createRealtime(options: RealtimeOptions): Realtime {
  const { logger, clock = systemClock } = options;
  const metrics = createSocketMetrics(options.metrics);
  const closures = createRecentClosures(clock);
  const served = new Map<string, ServedSocket>();
  const joinListeners: ((channel: string) => void)[] = [];
  let closing: Promise<void> | undefined;

  const adapterFailed = (operation: string, err: unknown): void => {
    metrics.adapterFailed({ operation });
    logger.debug({ err, operation }, 'the socket adapter did not reach the other nodes');
  };
  const io = openSocketServer({
    server: options.server,
    path: options.path ?? '/socket.io',
    adapterKey: options.adapterKey,
    publisher: createPublishingLink(options.redis.publisher, adapterFailed),
    subscriber: createSubscribingLink(options.redis.subscriber, adapterFailed),
    isAdmitting: () => closing === undefined,
  });
  const { adapter } = io.of('/');

  const servedIn = (room: string): ServedSocket[] =>
    [...(adapter.rooms.get(room) ?? [])].flatMap((socketId) => served.get(socketId) ?? []);
  const closeHere = (room: string, reason: string): void => {
    closures.record(room);
    for (const socket of servedIn(room)) socket.close(reason);
  };
  const closeEverywhere = (room: string, reason: string): void => {
    closeHere(room, reason);
    io.serverSideEmit('close_sockets', room, reason);
  };
  io.on('close_sockets', (room, reason) => {
    if (typeof room === 'string' && typeof reason === 'string') closeHere(room, reason);
  });

  admitSockets({
    ...options,
    io,
    served,
    closures,
    onJoined: (channel) => {
      for (const listener of joinListeners) listener(channel);
    },
    clock,
    metrics,
  });

  const deliver: Realtime['deliver'] = ({ channel, name, frame }) => {
    const members = adapter.rooms.get(channel);
    if (members === undefined) return;
    io.local.to(channel).emit(name, frame);
    metrics.delivered({ event: name }, members.size);
  };
  const closeAll = async (): Promise<void> => {
    const windowMs = options.drainWindowMs ?? DRAIN_WINDOW_MS;
    await drainSockets([...served.values()], { windowMs, clock });
    io.engine.close();
    await adapter.close();
  };

  return {
    deliver,
    deliverEvent: ({ name, deliveries }) => {
      for (const { channel, frame } of deliveries) deliver({ channel, name, frame });
    },
    signal: (channel, name, payload) => void io.to(channel).emit(name, payload),
    hasMembers: (channel) => adapter.rooms.has(channel),
    disconnectSession: (sessionId, reason) => closeEverywhere(rooms.session(sessionId), reason),
    disconnectPerson: (userId, reason) => closeEverywhere(rooms.person(userId), reason),
    emptyChannel: (channel) => {
      closures.record(channel);
      for (const socket of servedIn(channel)) socket.putOut(channel);
    },
    get connections() {
      return served.size;
    },
    onSubscribed: (listener) => void joinListeners.push(listener),
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}
