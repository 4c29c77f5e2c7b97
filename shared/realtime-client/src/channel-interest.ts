import { SOCKET_MESSAGES, type SocketAnswer } from '@cloudphone/contracts';
import type { Socket } from 'socket.io-client';
import type { ServerConnection } from './server-connection.ts';

/** The channels that parts of an application want to hear, asked for again on every connection. */
export interface ChannelInterest {
  /** Parts may want the same channel: it is left when the last lets go. */
  subscribe(channel: string): Promise<SocketAnswer>;
  unsubscribe(channel: string): Promise<void>;
  /** Resolves when every channel that was heard before is heard again, or lost. */
  askAgain(): Promise<void>;
}

interface Interest {
  wanted: number;
  isHeard: boolean;
  /** Undefined while nobody waits for the server. */
  asking: Promise<SocketAnswer> | undefined;
}

const HEARD: SocketAnswer = { ok: true };
const UNWANTED: SocketAnswer = { ok: false, code: 'unsubscribed' };
const ANSWER_TIMEOUT_MS = 10_000;

export function createChannelInterest(options: {
  readonly socket: Socket;
  readonly connection: ServerConnection;
  /** A channel that was heard is heard no more, and why. */
  readonly onLost: (channel: string, code: string) => void;
  /** A channel was left and entered again: some of it may not have been heard. */
  readonly onInterrupted: () => void;
}): ChannelInterest {
  const { socket, connection } = options;
  const interests = new Map<string, Interest>();

  /** Undefined when the question or its answer was lost with the connection. */
  const askOnce = async (channel: string): Promise<SocketAnswer | undefined> => {
    try {
      return await socket
        .timeout(ANSWER_TIMEOUT_MS)
        .emitWithAck(SOCKET_MESSAGES.subscribe, { channel });
    } catch {
      return undefined;
    }
  };
  const askUntilAnswered = async (channel: string, interest: Interest): Promise<SocketAnswer> => {
    for (;;) {
      const opened = await connection.opened();
      if (!opened.ok) return opened;
      if (interests.get(channel) !== interest) return UNWANTED;
      const answer = await askOnce(channel);
      if (answer === undefined) continue;
      if (answer.ok || answer.retryAfterMs === undefined) return answer;
      await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs));
    }
  };
  const conclude = (channel: string, interest: Interest, answer: SocketAnswer): SocketAnswer => {
    interest.asking = undefined;
    if (interests.get(channel) !== interest) return UNWANTED;
    const wasHeard = interest.isHeard;
    interest.isHeard = answer.ok;
    if (!answer.ok) {
      interests.delete(channel);
      if (wasHeard) options.onLost(channel, answer.code);
    }
    return answer;
  };
  const pursue = (channel: string, interest: Interest): Promise<SocketAnswer> => {
    interest.asking ??= askUntilAnswered(channel, interest).then((answer) =>
      conclude(channel, interest, answer),
    );
    return interest.asking;
  };

  socket.on(SOCKET_MESSAGES.unsubscribed, async ({ channel }: { channel: string }) => {
    const interest = interests.get(channel);
    if (interest === undefined) return;
    const answer = await pursue(channel, interest);
    if (answer.ok) options.onInterrupted();
  });

  return {
    subscribe: async (channel) => {
      const interest = interests.get(channel) ?? { wanted: 0, isHeard: false, asking: undefined };
      interests.set(channel, interest);
      interest.wanted += 1;
      return interest.isHeard && interest.asking === undefined ? HEARD : pursue(channel, interest);
    },
    unsubscribe: async (channel) => {
      const interest = interests.get(channel);
      if (interest === undefined) return;
      interest.wanted -= 1;
      if (interest.wanted > 0) return;
      interests.delete(channel);
      if (!socket.connected) return;
      // Lost with the connection, it is done: the next one begins without the channel.
      await socket
        .timeout(ANSWER_TIMEOUT_MS)
        .emitWithAck(SOCKET_MESSAGES.unsubscribe, { channel })
        .catch(() => undefined);
    },
    askAgain: async () => {
      const heard = [...interests].filter(([, { isHeard }]) => isHeard);
      await Promise.all(heard.map(([channel, interest]) => pursue(channel, interest)));
    },
  };
}
