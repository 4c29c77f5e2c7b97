import { loadEveryPage } from '@cloudphone/bff';
import { deviceStatusSchema, pageQuery } from '@cloudphone/contracts';
import * as z from 'zod';
import { defineOwnView } from '../../define-own-view.ts';
import { presentDeviceWithApps } from './my-devices.present.ts';

/**
 * My phones and the apps on each. It needs the device service; without the app service `apps` is
 * null. Dropped by a change of one of my devices or of what is installed on them.
 */
export const myDevices = defineOwnView({
  name: 'my-devices',
  params: z.strictObject({ ...pageQuery, status: deviceStatusSchema.optional() }),
  scope: 'subject',
  freshFor: '30s',
  servableFor: '10m',
  async load(query, { from, scope, required, optional }) {
    const page = await required('devices', () =>
      from.device.listDevices({ query: { ...query, ownerId: scope.subject } }),
    );
    const deviceIds = page.items.map((device) => device.id).join(',');
    const installations =
      deviceIds === ''
        ? []
        : await optional('apps', async () => {
            return loadEveryPage((cursor) =>
              from.app.listInstallations({ query: { deviceIds, limit: 200, cursor } }),
            );
          });
    return {
      items: page.items.map((device) => presentDeviceWithApps(device, installations)),
      nextCursor: page.nextCursor,
    };
  },
});
