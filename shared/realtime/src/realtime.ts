import type { Server as HttpServer } from 'node:http';
import type { RedisConnection } from '@cloudphone/redis';
import type { Clock, Logger, Metrics } from '@cloudphone/runtime';
import type { AuthenticateSocket, SocketIdentity } from './socket-identity.ts';

/** Answers one kind of message for whoever sent it. */
export type AnswerPerson = (
  identity: SocketIdentity,
  message: Readonly<Record<string, unknown>>,
) => Promise<object | undefined>;

export interface RealtimeOptions {
  /**
   * Has its request listener already; requests outside `path` still go there. Neither started nor
   * closed here: close it after the sockets, for it waits for them.
   */
  readonly server: HttpServer;
  readonly path?: string;
  readonly authenticate: AuthenticateSocket;
  /** The channels that the server itself puts such a person in. */
  readonly channelsOf: (identity: SocketIdentity) => readonly string[];
  /** Asked for every well-formed channel that a client names. A throw refuses with its code. */
  readonly maySubscribe: (identity: SocketIdentity, channel: string) => Promise<boolean> | boolean;
  /**
   * What else clients may say, by the message's name: answered with the members returned beside
   * `{ ok: true }`. What it throws is the refusal. The message is as the client sent it: check it.
   */
  readonly answers?: Readonly<Record<string, AnswerPerson>>;
  /** For the adapter alone. The subscriber is put into subscribed state. */
  readonly redis: { readonly publisher: RedisConnection; readonly subscriber: RedisConnection };
  /** Nodes of the same key hear each other's signals and closures. */
  readonly adapterKey: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** `https://phones.example`: whose pages may open sockets with cookies. Undefined: same host. */
  readonly publicOrigin?: string;
  /** Over which `close` sends sockets away. Default 2,000 ms. */
  readonly drainWindowMs?: number;
}

/**
 * One node's sockets. What comes from the log (`deliver`, `deliverEvent`, `emptyChannel`) concerns
 * this node only, as every node reads the log; closures and signals reach all nodes through Redis.
 * While Redis is away, everything goes on for this node's own sockets and nothing throws.
 */
export interface Realtime {
  /** To this node's sockets in the channel. Costs nothing when it has none. */
  deliver(message: {
    readonly channel: string;
    readonly name: string;
    readonly frame: object;
  }): void;
  /**
   * One event to each of its channels, each with its own projection. A socket in two of them hears
   * it twice, as each channel is complete in itself: clients drop the second by the event's id.
   */
  deliverEvent(event: {
    readonly name: string;
    readonly deliveries: readonly { readonly channel: string; readonly frame: object }[];
  }): void;
  /** Ephemeral, to the channel's sockets on all nodes; lost for other nodes while Redis is away. */
  signal(channel: string, name: string, payload: object): void;
  /** Whether a socket of this node is in the channel. */
  hasMembers(channel: string): boolean;
  /** Closes the sockets of a log-in, also of one that is logging in: here at once, elsewhere soon. */
  disconnectSession(sessionId: string, reason: string): void;
  disconnectPerson(userId: string, reason: string): void;
  /** The channel changed hands: this node's members leave and are told; access is asked anew. */
  emptyChannel(channel: string): void;
  /** Sockets of this node that are logged in. */
  readonly connections: number;
  /** Called after a socket of this node joined the channel, by itself or by the server. */
  onSubscribed(listener: (channel: string) => void): void;
  /** Admits nobody more, sends everybody away over the drain window, and leaves the adapter. */
  close(): Promise<void>;
}
