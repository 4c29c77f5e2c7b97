/** A durable event as sockets hear it, under `socketEventName(type)`. */
export interface EventFrame<Body = Readonly<Record<string, unknown>>> {
  readonly type: string;
  readonly data: Body;
  /** The event's id. It may arrive once on each of a socket's channels; ids tell such copies. */
  readonly id: string;
  readonly channel: string;
  /** `epoch.seq`: a consistency token for whatever is fetched because of this frame. */
  readonly pos: string;
  /** RFC 3339. */
  readonly time: string;
  /** W3C trace context of the request that caused it; absent when none did. */
  readonly traceparent?: string;
}

/** What server and client say to each other besides events. */
export const SOCKET_MESSAGES = {
  /** Client: `{ channel }`, acknowledged with a `SocketAnswer`. */
  subscribe: 'subscribe',
  unsubscribe: 'unsubscribe',
  /** Client: `{ token }`, or `{}` when a session cookie opened the socket. Acknowledged. */
  refreshLogin: 'auth:refresh',
  /** Client: `{ channel, ids }`: these of its person's notifications arrived here. Acknowledged. */
  acknowledge: 'ack',
  /** Client: `{ notificationId }`, acknowledged with `{ ok: true, unread }`. */
  readNotification: 'notification:read',
  /** Server: `LoginExpiring`. */
  loginExpiring: 'auth:expiring',
  /** Server: `{ channel }`. The channel changed hands; subscribe again if it is still yours. */
  unsubscribed: 'unsubscribed',
  /** Server: `SocketClosing`, the last thing said. */
  closing: 'closing',
} as const;

/** `code` is a registered error code. */
export type SocketAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: string; readonly retryAfterMs?: number };

/** The log-in ends at `expiresAt` (RFC 3339), and this socket with it unless it is refreshed. */
export interface LoginExpiring {
  readonly expiresAt: string;
}

export interface SocketClosing {
  /** `shutting_down`, `token_expired`, or what the platform closed it for (`suspended`, …). */
  readonly reason: string;
  /** Not before this long from now; absent: whenever the client likes. */
  readonly retryAfterMs?: number;
}

/** `data` of a refused handshake's `connect_error`. */
export interface HandshakeRefusal {
  readonly code: string;
  /** Whether the same handshake may succeed later. */
  readonly isRetryable: boolean;
  readonly retryAfterMs?: number;
}
