import { idSchema } from '@cloudphone/contracts';
import * as z from 'zod';
import { defineAdminView } from '../../define-admin-view.ts';
import { presentOwner } from '../devices/devices.present.ts';

/**
 * Everything about one device: itself, its owner, this month's usage, its apps. Only the device is
 * needed. Dropped by changes of the device, of its owner, of its usage and of its apps.
 */
export const deviceCompleteInfo = defineAdminView({
  name: 'device-complete-info',
  params: z.strictObject({ deviceId: idSchema }),
  scope: 'permission',
  freshFor: '30s',
  servableFor: '10m',
  async load({ deviceId }, { from, required, optional }) {
    const [device, usage, applications] = await Promise.all([
      required('device', () => from.device.getDevice({ params: { deviceId } })),
      optional('usage', () => from.billing.getDeviceUsage({ params: { deviceId } })),
      optional('applications', async () => {
        const query = { deviceIds: deviceId, limit: 200 };
        return (await from.app.listInstallations({ query })).items;
      }),
    ]);
    const { ownerId } = device;
    const owner =
      ownerId === null
        ? null
        : await optional('owner', async () =>
            presentOwner(await from.user.getUser({ params: { userId: ownerId } })),
          );
    return { ...device, owner, usage, applications };
  },
});
