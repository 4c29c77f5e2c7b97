import { idSchema } from '@cloudphone/contracts';
import { notFound } from '@cloudphone/errors';
import * as z from 'zod';
import { defineOwnView } from '../../define-own-view.ts';
import { presentInstalledApp, presentOwnDevice } from '../my-devices/my-devices.present.ts';

/**
 * One of my phones with its apps and this month's usage; somebody else's does not exist here. Only
 * the device is needed. Dropped by a change of the device, its apps or its usage.
 */
export const myDevice = defineOwnView({
  name: 'my-device',
  params: z.strictObject({ deviceId: idSchema }),
  scope: 'subject',
  freshFor: '30s',
  servableFor: '10m',
  async load({ deviceId }, { from, scope, required, optional }) {
    const device = await required('device', () => from.device.getDevice({ params: { deviceId } }));
    if (device.ownerId !== scope.subject) throw notFound('device', deviceId);
    const [apps, usage] = await Promise.all([
      optional('apps', async () => {
        const query = { deviceIds: deviceId, limit: 200 };
        return (await from.app.listInstallations({ query })).items.map(presentInstalledApp);
      }),
      optional('usage', () => from.billing.getDeviceUsage({ params: { deviceId } })),
    ]);
    return { ...presentOwnDevice(device), apps, usage };
  },
});
