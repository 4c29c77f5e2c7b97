import type { Identity, Permission } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';

/**
 * Who may use a route. `internal`: only callers that carry an identity signed by one of our own
 * processes (a service's routes).
 */
export type Access =
  | {
      readonly kind: 'public';
      /**
       * Credentials are not even looked at: nothing is done in anybody's name, so that another site
       * may send it (a mail program's one-click, RFC 8058).
       */
      readonly ignoresCredentials?: true;
    }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'permission'; readonly permission: Permission }
  | { readonly kind: 'internal' };

/** What a route of that access knows of its caller. */
export type IdentityFor<Rule extends Access> = Rule extends { readonly kind: 'public' }
  ? Identity | undefined
  : Identity;

/** Throws not_authenticated or forbidden. */
export function checkAccess(access: Access, identity: Identity | undefined): void {
  if (access.kind === 'public') return;
  if (identity === undefined) throw appError('not_authenticated');
  if (access.kind === 'permission' && !identity.permissions.includes(access.permission)) {
    throw appError('forbidden', { privateDetail: `${identity.userId} lacks ${access.permission}` });
  }
}
