import type { ServiceTools } from '@cloudphone/domain-service';
import type { Route } from '@cloudphone/http';
import { getAppRoute } from './catalogue/get-app.ts';
import { listAppsRoute } from './catalogue/list-apps.ts';
import { approveAppRoute, rejectAppRoute } from './catalogue/review-app.ts';
import { installAppRoute } from './installations/install-app.ts';
import { listInstallationsRoute } from './installations/list-installations.ts';
import { uninstallAppRoute } from './installations/uninstall-app.ts';
import type { AppTables } from './schema.ts';

export function routes(tools: ServiceTools<AppTables>): Route[] {
  return [
    listAppsRoute(tools),
    getAppRoute(tools),
    approveAppRoute(tools),
    rejectAppRoute(tools),
    listInstallationsRoute(tools),
    installAppRoute(tools),
    uninstallAppRoute(tools),
  ];
}
