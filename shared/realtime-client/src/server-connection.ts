import {
  type HandshakeRefusal,
  SOCKET_MESSAGES,
  type SocketAnswer,
  type SocketClosing,
} from '@cloudphone/contracts';
import type { Socket } from 'socket.io-client';
import { type ReconnectPace, reconnectDelayMs } from './reconnect-delay.ts';

/**
 * `waiting`: until the next attempt. `refused`: the server said that trying again cannot help (the
 * person is logged out or suspended). `closed`: by the client itself.
 */
export type ConnectionState = 'connecting' | 'connected' | 'waiting' | 'refused' | 'closed';

/** Why a token is asked for: to connect, or because the one in use ends. */
export type TokenOccasion = 'connect' | 'expired';

export interface ServerConnectionOptions {
  /** With `reconnection` and `autoConnect` off. */
  readonly socket: Socket;
  readonly getToken: (occasion: TokenOccasion) => Promise<string | undefined> | string | undefined;
  readonly pace: ReconnectPace;
  readonly random: () => number;
  readonly onState: (state: ConnectionState, reason: string | undefined) => void;
}

export interface ServerConnection {
  readonly state: ConnectionState;
  /** Resolves on the next connection (at once when there is one), or with why there will be none. */
  opened(): Promise<SocketAnswer>;
  /** Tries now, also after a refusal. */
  open(): void;
  close(): void;
}

/** A connection that ends sooner counts as a failed attempt: it may have been let in by mistake. */
const HELD_MS = 5_000;

const REFRESH_TIMEOUT_MS = 10_000;

/** Keeps a socket connected until it is closed or refused for good. */
export function keepConnected(options: ServerConnectionOptions): ServerConnection {
  const { socket } = options;
  let state: ConnectionState = 'waiting';
  let reason: string | undefined;
  let retryAfterMs: number | undefined;
  let occasion: TokenOccasion = 'connect';
  let failures = 0;
  let connectedAtMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Only the latest attempt counts; an earlier one may still be waiting for its token. */
  let attempt = 0;
  const waiters: ((answer: SocketAnswer) => void)[] = [];

  const isOver = () => state === 'refused' || state === 'closed';
  const answer = (): SocketAnswer | undefined => {
    if (state === 'connected') return { ok: true };
    return isOver() ? { ok: false, code: reason ?? state } : undefined;
  };
  const enter = (next: ConnectionState, why?: string): void => {
    state = next;
    reason = why;
    options.onState(next, why);
    const settled = answer();
    if (settled === undefined) return;
    for (const waiter of waiters.splice(0)) waiter(settled);
  };

  const open = async (): Promise<void> => {
    clearTimeout(timer);
    attempt += 1;
    const mine = attempt;
    enter('connecting');
    try {
      const token = await options.getToken(occasion);
      if (mine !== attempt) return;
      socket.auth = token === undefined ? {} : { token };
      socket.connect();
    } catch {
      if (mine === attempt) tryLater('no_token');
    }
  };
  const tryLater = (why: string): void => {
    if (state === 'waiting' || isOver()) return;
    const { random, pace } = options;
    const delayMs = reconnectDelayMs({ ...pace, failures, retryAfterMs, random });
    retryAfterMs = undefined;
    failures += 1;
    timer = setTimeout(open, delayMs);
    enter('waiting', why);
  };
  const refreshLogin = async (): Promise<void> => {
    try {
      const token = await options.getToken('expired');
      const body = token === undefined ? {} : { token };
      await socket.timeout(REFRESH_TIMEOUT_MS).emitWithAck(SOCKET_MESSAGES.refreshLogin, body);
    } catch {
      // The server closes the socket at the end of the log-in; connecting again asks for a token.
    }
  };

  let closingReason: string | undefined;
  socket.on('connect', () => {
    connectedAtMs = performance.now();
    occasion = 'connect';
    closingReason = undefined;
    enter('connected');
  });
  socket.on(SOCKET_MESSAGES.closing, (closing: SocketClosing) => {
    closingReason = closing.reason;
    retryAfterMs = closing.retryAfterMs;
    if (closing.reason === 'token_expired') occasion = 'expired';
  });
  socket.on(SOCKET_MESSAGES.loginExpiring, () => void refreshLogin());
  socket.on('disconnect', (why) => {
    if (state === 'connected' && performance.now() - connectedAtMs >= HELD_MS) failures = 0;
    tryLater(closingReason ?? why);
  });
  socket.on('connect_error', (err) => {
    const refusal = refusalOf(err);
    if (refusal?.code === 'token_expired') occasion = 'expired';
    else if (refusal !== undefined && !refusal.isRetryable) return enter('refused', refusal.code);
    retryAfterMs = refusal?.retryAfterMs;
    tryLater(refusal?.code ?? 'unreachable');
  });

  return {
    get state() {
      return state;
    },
    opened: () => {
      const settled = answer();
      if (settled !== undefined) return Promise.resolve(settled);
      return new Promise((resolve) => waiters.push(resolve));
    },
    open: () => {
      if (state === 'waiting' || state === 'refused') void open();
    },
    close: () => {
      if (state === 'closed') return;
      clearTimeout(timer);
      attempt += 1;
      enter('closed');
      socket.disconnect();
    },
  };
}

/** Undefined when the server was not reached or is none of ours. */
function refusalOf(err: Error): HandshakeRefusal | undefined {
  const { data } = err as Error & { readonly data?: HandshakeRefusal };
  return typeof data?.code === 'string' ? data : undefined;
}
