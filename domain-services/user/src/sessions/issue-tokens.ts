import type { SessionTokens } from '@cloudphone/contracts';
import type { Transaction } from '@cloudphone/postgres';
import type { Clock } from '@cloudphone/runtime';
import { type PersonRow, presentPerson } from '../people/present-person.ts';
import type { UserTables } from '../schema.ts';
import { ACCESS_TOKEN_TTL_SECONDS, identityOf, signAccessToken } from './access-tokens.ts';
import { newRefreshToken, REFRESH_TOKEN_TTL_MS } from './refresh-token.ts';
import type { SigningKey } from './signing-keys.ts';

/** A fresh pair of tokens for a log-in; the refresh token's hash is stored in the transaction. */
export async function issueTokens(
  tx: Transaction<UserTables>,
  options: {
    readonly person: PersonRow;
    readonly sessionId: string;
    /** Found before the transaction: finding one may need a connection of its own. */
    readonly key: SigningKey;
    readonly clock: Clock;
  },
): Promise<SessionTokens> {
  const { person, sessionId, key, clock } = options;
  const refresh = newRefreshToken();
  await tx
    .insertInto('refresh_tokens')
    .values({
      hash: refresh.hash,
      session_id: sessionId,
      created_at: new Date(clock.now()),
      expires_at: new Date(clock.now() + REFRESH_TOKEN_TTL_MS),
      used_at: null,
    })
    .execute();
  return {
    accessToken: await signAccessToken(identityOf(person, sessionId), { key, clock }),
    refreshToken: refresh.token,
    tokenType: 'Bearer',
    expiresIn: ACCESS_TOKEN_TTL_SECONDS,
    user: presentPerson(person),
  };
}
