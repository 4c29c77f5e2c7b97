import { type Identity, permissionsOf, type Role } from '@cloudphone/contracts';
import type { Clock } from '@cloudphone/runtime';
import { SignJWT } from 'jose';
import type { PersonRow } from '../people/present-person.ts';
import type { SigningKey } from './signing-keys.ts';

export const ACCESS_TOKEN_TTL_SECONDS = 600;
export const ISSUER = 'cloudphone-user-service';
export const AUDIENCE = 'cloudphone';

/** What a person may do now, in the log-in named. */
export function identityOf(person: PersonRow, sessionId: string): Identity {
  const roles = person.roles as Role[];
  return {
    userId: person.id,
    tenantId: person.tenant_id,
    sessionId,
    roles,
    permissions: permissionsOf(roles),
    permissionVersion: person.permission_version,
  };
}

/**
 * A JWT (EdDSA, ten minutes) that says so; verified by whoever has the published keys. `iat` has
 * milliseconds (RFC 7519 allows fractions): a token issued right after a suspension was lifted is
 * told from those before it. `exp` is whole, and never before what the client is told.
 */
export async function signAccessToken(
  identity: Identity,
  options: { readonly key: SigningKey; readonly clock: Clock },
): Promise<string> {
  const { kid, privateKey } = options.key;
  const nowSeconds = options.clock.now() / 1_000;
  return new SignJWT({
    sid: identity.sessionId,
    tenant: identity.tenantId,
    roles: identity.roles,
    permissions: identity.permissions,
    pv: identity.permissionVersion,
  })
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
    .setSubject(identity.userId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(Math.ceil(nowSeconds) + ACCESS_TOKEN_TTL_SECONDS)
    .sign(privateKey);
}
