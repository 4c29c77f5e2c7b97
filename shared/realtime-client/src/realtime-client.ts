import type { EventBody, EventFrame, EventType, SocketAnswer } from '@cloudphone/contracts';
import type { ReconnectPace } from './reconnect-delay.ts';
import type { ConnectionState, TokenOccasion } from './server-connection.ts';

export interface RealtimeClientOptions {
  /** Origin of the BFF; absent: the page's own. */
  readonly url?: string;
  readonly path?: string;
  /**
   * A token that is good now; asked before every attempt and when the one in use ends (`expired`).
   * Absent, or giving undefined: the page's session cookie logs in. Throwing means try later.
   */
  readonly getToken?: (occasion: TokenOccasion) => Promise<string | undefined> | string | undefined;
  /** Default: first within 500 ms, longest 10,000 ms. */
  readonly pace?: ReconnectPace;
}

/** A frame holds the fields that the channel's audience may see: any of them may be missing. */
export type FrameListener<Type extends EventType> = (
  frame: EventFrame<Partial<EventBody<Type>>>,
) => void;

export type ChannelListener = (channel: string, code: string) => void;

/** What undoes a registration. */
type Stop = () => void;

/**
 * The browser's end. Each event is heard once, however many channels brought it. While there is no
 * connection nothing is heard and nothing is kept: `onGap` tells when to fetch again.
 */
export interface RealtimeClient {
  readonly state: ConnectionState;
  onState(listener: (state: ConnectionState, reason: string | undefined) => void): Stop;
  on<Type extends EventType>(type: Type, listener: FrameListener<Type>): Stop;
  /** What is no event of the log: progress, presence. Lossy, and not checked for copies. */
  onSignal(name: string, listener: (payload: unknown) => void): Stop;
  /**
   * After every connection, the first included, once the wanted channels are heard again: whatever
   * was fetched before may be behind, so fetch it again.
   */
  onGap(listener: () => void): Stop;
  /**
   * Resolves when the channel is heard or refused, after the next connection if there is none. Kept
   * over reconnections; wanted by several parts, it lasts until the last of them unsubscribes.
   */
  subscribe(channel: string): Promise<SocketAnswer>;
  unsubscribe(channel: string): Promise<void>;
  /** A subscription ended without being asked to: `forbidden` when the channel changed hands. */
  onChannelLost(listener: ChannelListener): Stop;
  /** To send as `Consistency-Token` with what is fetched next: nothing older will be shown. */
  token(): string | undefined;
  /** Takes the `Consistency-Token` of an answer into account. */
  observe(token: string): void;
  /** Tries to connect now, e.g. after logging in or when the network is back. */
  reconnect(): void;
  close(): void;
}
