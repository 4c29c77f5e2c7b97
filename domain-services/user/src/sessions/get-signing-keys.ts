import { userCalls } from '@cloudphone/contracts';
import { answerCall, type Route } from '@cloudphone/http';
import type { SigningKeys } from './signing-keys.ts';

/** The public halves (JWKS, RFC 7517), for anybody who wants to verify an access token. */
export function getSigningKeysRoute(keys: SigningKeys): Route {
  return answerCall(
    userCalls.getSigningKeys,
    async () => ({ body: { keys: [...(await keys.published())] } }),
    { access: { kind: 'public' } },
  );
}
