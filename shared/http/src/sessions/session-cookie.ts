import type { IncomingMessage } from 'node:http';
import { parseCookie, stringifySetCookie } from 'cookie';

export interface SessionCookie {
  /** The id that the request names; undefined without one. */
  read(req: Pick<IncomingMessage, 'headers'>): string | undefined;
  /** A `Set-Cookie` value. */
  write(id: string, ttlMs: number): string;
  clear(): string;
}

/**
 * The cookie that names a session: HttpOnly, SameSite=Strict, whole host; over https Secure under
 * the `__Host-` prefix, which keeps neighbouring hosts from setting it. Plain http (localhost) gets
 * the same without the two.
 */
export function createSessionCookie(options: {
  readonly publicOrigin: string;
  /** `cloudphone_session` unless told. Ports of one host share their cookies. */
  readonly name?: string;
}): SessionCookie {
  const isHttps = options.publicOrigin.startsWith('https:');
  const { name: plainName = 'cloudphone_session' } = options;
  const name = isHttps ? `__Host-${plainName}` : plainName;
  const set = (value: string, maxAge: number) =>
    stringifySetCookie({
      name,
      value,
      maxAge,
      httpOnly: true,
      secure: isHttps,
      sameSite: 'strict',
      path: '/',
    });
  return {
    read: ({ headers }) =>
      headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[name],
    write: (id, ttlMs) => set(id, Math.floor(ttlMs / 1_000)),
    clear: () => set('', 0),
  };
}
