import type { ServiceTools } from '@cloudphone/domain-service';
import type { Route } from '@cloudphone/http';
import { createAppRoute } from './catalogue/create-app.ts';
import { getAppRoute } from './catalogue/get-app.ts';
import { listAppsRoute } from './catalogue/list-apps.ts';
import { listAppVersionsRoute } from './catalogue/list-versions.ts';
import { publishAppVersionRoute } from './catalogue/publish-version.ts';
import { approveAppRoute, rejectAppRoute, resubmitAppRoute } from './catalogue/review-app.ts';
import { updateAppRoute } from './catalogue/update-app.ts';
import { installAppRoute } from './installations/install-app.ts';
import { listInstallationsRoute } from './installations/list-installations.ts';
import { uninstallAppRoute } from './installations/uninstall-app.ts';
import { updateInstallationRoute } from './installations/update-installation.ts';
import type { AppTables } from './schema.ts';

export function routes(tools: ServiceTools<AppTables>): Route[] {
  return [
    listAppsRoute(tools),
    getAppRoute(tools),
    createAppRoute(tools),
    updateAppRoute(tools),
    approveAppRoute(tools),
    rejectAppRoute(tools),
    resubmitAppRoute(tools),
    publishAppVersionRoute(tools),
    listAppVersionsRoute(tools),
    listInstallationsRoute(tools),
    installAppRoute(tools),
    updateInstallationRoute(tools),
    uninstallAppRoute(tools),
  ];
}
