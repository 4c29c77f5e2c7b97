import type { IncomingMessage } from 'node:http';

interface Presented {
  readonly authorization: string;
  readonly token: string;
}

/**
 * Reads the token of `Authorization: Bearer …`; undefined for anything else. A connection that says
 * the same again is given the very same string: its hash is kept with it, and hashing a kilobyte
 * anew for every request costs more than all that is looked up with it.
 */
export function createBearerReader(): (req: IncomingMessage) => string | undefined {
  const lastOf = new WeakMap<object, Presented>();
  return ({ headers: { authorization }, socket }) => {
    if (authorization === undefined) return undefined;
    const last = lastOf.get(socket);
    if (last?.authorization === authorization) return last.token;
    if (!authorization.startsWith('Bearer ')) return undefined;
    const token = authorization.slice(7);
    lastOf.set(socket, { authorization, token });
    return token;
  };
}
