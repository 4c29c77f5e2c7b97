import type { Identity } from '@cloudphone/contracts';

/** A log-in whose tokens never leave the server. */
export interface Session {
  readonly identity: Identity;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Wall clock: when the access token ends. */
  readonly expiresAtMs: number;
}
