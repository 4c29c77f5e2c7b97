import { type LoginExpiring, SOCKET_MESSAGES, type SocketClosing } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import type { Clock, Logger } from '@cloudphone/runtime';
import { type AnswerMessage, answerMessages } from './client-messages.ts';
import { watchExpiry } from './login-expiry.ts';
import type { RealtimeOptions } from './realtime.ts';
import type { RecentClosures } from './recent-closures.ts';
import { rooms, type SocketIdentity } from './socket-identity.ts';
import type { SocketMetrics } from './socket-metrics.ts';
import type { ServerSocket } from './socket-server.ts';
import { createSubscriptions } from './subscriptions.ts';

/** A socket that has logged in, for those who close it or move it. */
export interface ServedSocket {
  /** Says why, then ends it for good: plain clients do not come back by themselves. */
  close(reason: string): void;
  /** Says when to come back, then drops the transport: plain clients come back by themselves. */
  sendAway(retryAfterMs: number): void;
  /** Takes it out of a channel and tells it so. */
  putOut(channel: string): void;
}

export interface ServeSocketOptions {
  readonly socket: ServerSocket;
  readonly identity: SocketIdentity;
  /** Logs in again: with the new token, or without one by the session cookie of the handshake. */
  readonly logInAgain: (token: string | undefined) => Promise<SocketIdentity>;
  readonly channelsOf: (identity: SocketIdentity) => readonly string[];
  readonly maySubscribe: (identity: SocketIdentity, channel: string) => Promise<boolean> | boolean;
  readonly answers?: RealtimeOptions['answers'];
  readonly closures: RecentClosures;
  readonly onJoined: (channel: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SocketMetrics;
}

/** The life of one socket between its log-in and its end. */
export function serveSocket(options: ServeSocketOptions): ServedSocket {
  const { socket, clock, closures } = options;
  let { identity } = options;
  const subscriptions = createSubscriptions({ ...options, identity: () => identity });

  const close = (reason: string): void => {
    socket.emit(SOCKET_MESSAGES.closing, { reason } satisfies SocketClosing);
    socket.disconnect(true);
  };
  const putOut = (channel: string): void => {
    subscriptions.leave(channel);
    socket.emit(SOCKET_MESSAGES.unsubscribed, { channel });
  };
  const expiry = watchExpiry({
    clock,
    expiresAtMs: identity.expiresAtMs,
    onExpiring: (expiresAtMs) =>
      socket.emit(SOCKET_MESSAGES.loginExpiring, expiringAt(expiresAtMs)),
    onExpired: () => close('token_expired'),
  });
  socket.on('disconnect', () => expiry.cancel());

  const refreshLogin: AnswerMessage = async ({ token }) => {
    const mark = closures.mark();
    const renewed = await options.logInAgain(typeof token === 'string' ? token : undefined);
    if (!isSameLogin(identity, renewed)) throw appError('forbidden');
    if (!socket.connected || closures.happenedSince(mark, roomsOf(renewed))) {
      throw appError('token_expired');
    }
    identity = renewed;
    subscriptions.setOwn(options.channelsOf(identity));
    expiry.extend(identity.expiresAtMs);
    for (const channel of await subscriptions.recheck()) putOut(channel);
    return expiringAt(identity.expiresAtMs);
  };

  answerMessages({
    ...options,
    onRefused: (code) => options.metrics.refusedMessage({ code }),
    answers: new Map<string, AnswerMessage>([
      ...Object.entries(options.answers ?? {}).map(([name, answer]): [string, AnswerMessage] => [
        name,
        (message) => answer(identity, message),
      ]),
      [
        SOCKET_MESSAGES.subscribe,
        async ({ channel }) => {
          await subscriptions.subscribe(channel);
          return undefined;
        },
      ],
      [
        SOCKET_MESSAGES.unsubscribe,
        ({ channel }) => {
          subscriptions.unsubscribe(channel);
          return undefined;
        },
      ],
      [SOCKET_MESSAGES.refreshLogin, refreshLogin],
    ]),
  });
  void socket.join(roomsOf(identity));
  subscriptions.setOwn(options.channelsOf(identity));

  return {
    close,
    putOut,
    sendAway: (retryAfterMs) => {
      const closing: SocketClosing = { reason: 'shutting_down', retryAfterMs };
      socket.emit(SOCKET_MESSAGES.closing, closing);
      socket.conn.close();
    },
  };
}

/** The rooms by which a log-in's sockets are found when it is closed. */
export function roomsOf(identity: SocketIdentity): string[] {
  return [rooms.session(identity.sessionId), rooms.person(identity.userId)];
}

function isSameLogin(before: SocketIdentity, after: SocketIdentity): boolean {
  return (
    before.userId === after.userId &&
    before.sessionId === after.sessionId &&
    before.tenantId === after.tenantId
  );
}

function expiringAt(expiresAtMs: number): LoginExpiring {
  return { expiresAt: new Date(expiresAtMs).toISOString() };
}
