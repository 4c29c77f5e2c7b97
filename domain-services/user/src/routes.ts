import type { ServiceTools } from '@cloudphone/domain-service';
import type { Route } from '@cloudphone/http';
import { listActiveUsersRoute } from './activity/list-active-users.ts';
import { noteActivityRoute } from './activity/note-activity.ts';
import { createAttempts } from './attempts/attempts.ts';
import { listAuditRoute } from './audit/list-audit.ts';
import { changePasswordRoute } from './passwords/change-password.ts';
import { readPasswordResetRoute } from './passwords/read-reset.ts';
import { requestPasswordResetRoute } from './passwords/request-reset.ts';
import { resetPasswordRoute } from './passwords/reset-password.ts';
import { createResetRequests } from './passwords/reset-requests.ts';
import { changeRolesRoute } from './people/change-roles.ts';
import { reactivateUserRoute, suspendUserRoute } from './people/change-status.ts';
import { getUserCountsRoute } from './people/count-users.ts';
import { createUserRoute } from './people/create-user.ts';
import { deleteUserRoute } from './people/delete-user.ts';
import { getUserRoute } from './people/get-user.ts';
import { listUsersRoute } from './people/list-users.ts';
import { registerUserRoute } from './people/register-user.ts';
import { updateUserRoute } from './people/update-user.ts';
import {
  deductQuotaRoute,
  renewQuotaRoute,
  restoreQuotaRoute,
  setQuotaRoute,
} from './quotas/change-quota.ts';
import { getQuotaRoute } from './quotas/get-quota.ts';
import type { UserTables } from './schema.ts';
import { findPeopleRoute } from './segments/find-people.ts';
import { listSegmentPeopleRoute } from './segments/list-segment-people.ts';
import { getIdentityRoute } from './sessions/get-identity.ts';
import { getSigningKeysRoute } from './sessions/get-signing-keys.ts';
import { listRevocationsRoute } from './sessions/list-revocations.ts';
import { logInRoute } from './sessions/log-in.ts';
import { logOutRoute } from './sessions/log-out.ts';
import { refreshSessionRoute } from './sessions/refresh-session.ts';
import { createSigningKeys } from './sessions/signing-keys.ts';
import {
  disableTwoFactorRoute,
  enableTwoFactorRoute,
  enrolTwoFactorRoute,
} from './two-factor/change-two-factor.ts';
import { getTwoFactorRoute } from './two-factor/get-two-factor.ts';

/** Everything the user service answers. */
export function userRoutes(tools: ServiceTools<UserTables>): readonly Route[] {
  const keys = createSigningKeys(tools);
  const attempts = createAttempts(tools);
  const resets = createResetRequests(tools);
  return [
    logInRoute(tools, { keys, attempts }),
    refreshSessionRoute(tools, keys),
    logOutRoute(tools),
    getIdentityRoute(tools),
    getSigningKeysRoute(keys),
    listRevocationsRoute(tools),
    requestPasswordResetRoute(tools, { attempts, resets }),
    readPasswordResetRoute(tools),
    resetPasswordRoute(tools, { attempts }),
    changePasswordRoute(tools, { attempts }),
    getTwoFactorRoute(tools),
    enrolTwoFactorRoute(tools, { attempts }),
    enableTwoFactorRoute(tools, { attempts }),
    disableTwoFactorRoute(tools, { attempts }),
    listUsersRoute(tools),
    createUserRoute(tools, { resets }),
    registerUserRoute(tools, { attempts, resets }),
    getUserRoute(tools),
    updateUserRoute(tools),
    deleteUserRoute(tools),
    changeRolesRoute(tools),
    suspendUserRoute(tools),
    reactivateUserRoute(tools),
    getUserCountsRoute(tools),
    listActiveUsersRoute(tools),
    noteActivityRoute(tools),
    getQuotaRoute(tools),
    setQuotaRoute(tools),
    renewQuotaRoute(tools),
    deductQuotaRoute(tools),
    restoreQuotaRoute(tools),
    listAuditRoute(tools),
    listSegmentPeopleRoute(tools),
    findPeopleRoute(tools),
  ];
}
