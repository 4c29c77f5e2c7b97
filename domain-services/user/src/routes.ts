import type { ServiceTools } from '@cloudphone/domain-service';
import type { Route } from '@cloudphone/http';
import { reactivateUserRoute, suspendUserRoute } from './people/change-status.ts';
import { getUserCountsRoute } from './people/count-users.ts';
import { getUserRoute } from './people/get-user.ts';
import { listUsersRoute } from './people/list-users.ts';
import { updateUserRoute } from './people/update-user.ts';
import { getQuotaRoute } from './quotas/get-quota.ts';
import type { UserTables } from './schema.ts';
import { getIdentityRoute } from './sessions/get-identity.ts';
import { getSigningKeysRoute } from './sessions/get-signing-keys.ts';
import { listRevocationsRoute } from './sessions/list-revocations.ts';
import { logInRoute } from './sessions/log-in.ts';
import { logOutRoute } from './sessions/log-out.ts';
import { refreshSessionRoute } from './sessions/refresh-session.ts';
import { createSigningKeys } from './sessions/signing-keys.ts';

/** Everything the user service answers. */
export function userRoutes(tools: ServiceTools<UserTables>): readonly Route[] {
  const keys = createSigningKeys(tools);
  return [
    logInRoute(tools, keys),
    refreshSessionRoute(tools, keys),
    logOutRoute(tools),
    getIdentityRoute(tools),
    getSigningKeysRoute(keys),
    listRevocationsRoute(tools),
    listUsersRoute(tools),
    getUserRoute(tools),
    updateUserRoute(tools),
    suspendUserRoute(tools),
    reactivateUserRoute(tools),
    getUserCountsRoute(tools),
    getQuotaRoute(tools),
  ];
}
