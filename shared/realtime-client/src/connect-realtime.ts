import { type EventFrame, type EventType, socketEventName } from '@cloudphone/contracts';
import { io } from 'socket.io-client';
import { createChannelInterest } from './channel-interest.ts';
import { createListeners, type Listeners } from './listeners.ts';
import { createNewestPosition } from './newest-position.ts';
import type { FrameListener, RealtimeClient, RealtimeClientOptions } from './realtime-client.ts';
import { createSeenIds } from './seen-ids.ts';
import { type ConnectionState, keepConnected } from './server-connection.ts';

/** An event's copies arrive within moments of each other. */
const REMEMBERED_IDS = 2_000;

const PACE = { firstMs: 500, longestMs: 10_000 };

type Frame = EventFrame<never>;

/** Begins to connect at once and goes on until it is closed or refused. */
export function connectRealtime(options: RealtimeClientOptions = {}): RealtimeClient {
  const settings = {
    ...(options.path === undefined ? {} : { path: options.path }),
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    autoConnect: false,
    forceNew: true,
    // Socket.IO's own would know neither our tokens nor when a server wants us back.
    reconnection: false,
  };
  const socket = options.url === undefined ? io(settings) : io(options.url, settings);
  const isNew = createSeenIds(REMEMBERED_IDS);
  const newest = createNewestPosition();
  const frames = new Map<string, Listeners<[Frame]>>();
  const signals = new Map<string, Listeners<[unknown]>>();
  const states = createListeners<[ConnectionState, string | undefined]>();
  const gaps = createListeners<[]>();
  const lostChannels = createListeners<[string, string]>();

  const connection = keepConnected({
    socket,
    getToken: options.getToken ?? (() => undefined),
    pace: options.pace ?? PACE,
    random: Math.random,
    onState: (state, reason) => {
      states.tell(state, reason);
      // What is fetched again before its channel is heard would be behind unnoticed.
      if (state === 'connected') void interest.askAgain().then(gaps.tell);
    },
  });
  const interest = createChannelInterest({
    socket,
    connection,
    onLost: lostChannels.tell,
    onInterrupted: gaps.tell,
  });

  socket.onAny((name: string, said: unknown) => {
    if (!isFrame(said)) return signals.get(name)?.tell(said);
    newest.observe(said.pos);
    if (isNew(said.id)) frames.get(name)?.tell(said);
  });
  connection.open();

  return {
    get state() {
      return connection.state;
    },
    onState: states.add,
    on: <Type extends EventType>(type: Type, listener: FrameListener<Type>) =>
      listenersOf(frames, socketEventName(type)).add(listener as (frame: Frame) => void),
    onSignal: (name, listener) => listenersOf(signals, name).add(listener),
    onGap: gaps.add,
    subscribe: interest.subscribe,
    unsubscribe: interest.unsubscribe,
    onChannelLost: lostChannels.add,
    token: newest.token,
    observe: newest.observe,
    reconnect: connection.open,
    close: connection.close,
  };
}

function listenersOf<Args extends readonly unknown[]>(
  byName: Map<string, Listeners<Args>>,
  name: string,
): Listeners<Args> {
  const known = byName.get(name);
  if (known !== undefined) return known;
  const created = createListeners<Args>();
  byName.set(name, created);
  return created;
}

function isFrame(said: unknown): said is Frame {
  if (typeof said !== 'object' || said === null) return false;
  const { id, pos } = said as { id?: unknown; pos?: unknown };
  return typeof id === 'string' && typeof pos === 'string';
}
