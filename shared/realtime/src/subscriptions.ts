import { parseChannel } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import type { RecentClosures } from './recent-closures.ts';
import type { SocketIdentity } from './socket-identity.ts';
import type { ServerSocket } from './socket-server.ts';

export const MAX_SUBSCRIPTIONS = 100;

export interface SubscriptionOptions {
  readonly socket: ServerSocket;
  readonly identity: () => SocketIdentity;
  readonly maySubscribe: (identity: SocketIdentity, channel: string) => Promise<boolean> | boolean;
  readonly closures: RecentClosures;
  readonly onJoined: (channel: string) => void;
}

/** The channels of one socket: those the server put it in, and those it asked for. */
export interface Subscriptions {
  /** Throws `invalid_channel`, `forbidden`, `too_many`, or what the access check throws. */
  subscribe(channel: unknown): Promise<void>;
  /** Throws `invalid_channel`, or `forbidden` for a channel that the server put it in. */
  unsubscribe(channel: unknown): void;
  /** Replaces the channels that the server put it in. */
  setOwn(channels: readonly string[]): void;
  /** Asks again for each channel that the client asked for; returns those it lost. */
  recheck(): Promise<string[]>;
  leave(channel: string): void;
}

export function createSubscriptions(options: SubscriptionOptions): Subscriptions {
  const { socket, closures } = options;
  const own = new Set<string>();
  /** Includes those still being checked, so that a flood cannot exceed the limit. */
  const asked = new Set<string>();

  const join = (channel: string): void => {
    // It may have left while it was checked: nobody joined, so nobody is told.
    if (!socket.connected || socket.rooms.has(channel)) return;
    void socket.join(channel);
    options.onJoined(channel);
  };
  const leave = (channel: string): void => {
    own.delete(channel);
    asked.delete(channel);
    void socket.leave(channel);
  };
  /** A channel that changed hands during the check is checked anew. */
  const mayHear = async (channel: string): Promise<boolean> => {
    for (;;) {
      const mark = closures.mark();
      if (!(await options.maySubscribe(options.identity(), channel))) return false;
      if (!closures.happenedSince(mark, [channel])) return true;
    }
  };

  return {
    subscribe: async (given) => {
      const channel = knownChannel(given);
      if (own.has(channel) || socket.rooms.has(channel)) return;
      if (asked.size >= MAX_SUBSCRIPTIONS && !asked.has(channel)) throw appError('too_many');
      asked.add(channel);
      const isAllowed = await mayHear(channel).catch((thrown: unknown) => {
        asked.delete(channel);
        throw thrown;
      });
      if (!isAllowed) {
        asked.delete(channel);
        throw appError('forbidden');
      }
      // Unsubscribed while it was checked: the client's last word counts.
      if (asked.has(channel)) join(channel);
    },
    unsubscribe: (given) => {
      const channel = knownChannel(given);
      if (own.has(channel)) throw appError('forbidden');
      leave(channel);
    },
    setOwn: (channels) => {
      for (const channel of own) if (!channels.includes(channel)) leave(channel);
      for (const channel of channels) {
        own.add(channel);
        asked.delete(channel);
        join(channel);
      }
    },
    recheck: async () => {
      const checked = [...asked].map(async (channel) => ({
        channel,
        isAllowed: await mayHear(channel).catch(() => false),
      }));
      const lost = (await Promise.all(checked)).filter(({ isAllowed }) => !isAllowed);
      for (const { channel } of lost) leave(channel);
      return lost.map(({ channel }) => channel);
    },
    leave,
  };
}

function knownChannel(given: unknown): string {
  if (typeof given !== 'string' || parseChannel(given) === undefined) {
    throw appError('invalid_channel');
  }
  return given;
}
