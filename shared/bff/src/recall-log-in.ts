import type { Socket } from 'node:net';
import type { Identity } from '@cloudphone/contracts';
import type { KnownLogIn, TokenVerifier } from '@cloudphone/http';
import type { AskedHeaders } from './asked-headers.ts';

type Presented = Pick<AskedHeaders, 'authorization' | 'socket'>;

/** What a connection presented last, and who that is. Kept on the socket: weak maps are dearer. */
const PRESENTED = Symbol('presented');
type KnownSocket = Socket & {
  [PRESENTED]?: { readonly authorization: string; readonly logIn: KnownLogIn };
};

/**
 * Who presents `Authorization: Bearer …`, if that token was verified here before and is good still.
 * A connection that says the same again is recognised without its token being looked up: hashing a
 * kilobyte anew for every request costs more than all else that is looked up for it.
 */
export function createLogInRecall(
  tokens: Pick<TokenVerifier, 'recall'>,
): (asked: Presented, nowMs: number) => Identity | undefined {
  return ({ authorization, socket: plainSocket }, nowMs) => {
    if (authorization === undefined) return undefined;
    const socket: KnownSocket = plainSocket;
    let presented = socket[PRESENTED];
    if (presented?.authorization !== authorization) {
      if (!authorization.startsWith('Bearer ')) return undefined;
      const logIn = tokens.recall(authorization.slice(7));
      if (logIn === undefined) return undefined;
      presented = { authorization, logIn };
      socket[PRESENTED] = presented;
    }
    const { logIn } = presented;
    return logIn.isGood(nowMs) ? logIn.identity : undefined;
  };
}
