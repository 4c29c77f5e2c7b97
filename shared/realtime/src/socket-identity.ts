/** Who a socket belongs to, from verified claims; a client can never name itself. */
export interface SocketIdentity {
  readonly userId: string;
  /** The log-in it came from: closing that closes the socket. */
  readonly sessionId: string;
  readonly tenantId: string;
  readonly permissions: readonly string[];
  /** Epoch ms at which the log-in ends. */
  readonly expiresAtMs: number;
}

/** What a client proved itself with: a bearer token, or else its cookies with the page's origin. */
export interface HandshakeCredentials {
  readonly token?: string;
  /** The whole `Cookie` header; its origin has been checked. Never given beside a token. */
  readonly cookie?: string;
  readonly origin?: string;
}

/** Throws a registered error, e.g. `not_authenticated`, `token_expired`, `account_suspended`. */
export type AuthenticateSocket = (credentials: HandshakeCredentials) => Promise<SocketIdentity>;

/** Rooms of this package's own: no channel is named like this, so no client can enter them. */
export const rooms = {
  session: (sessionId: string) => `~session:${sessionId}`,
  person: (userId: string) => `~person:${userId}`,
} as const;
