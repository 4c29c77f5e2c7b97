import { defineAdminView } from '../../define-admin-view.ts';
import { ownersOf, presentDeviceRow } from './devices.present.ts';
import { devicesQuery } from './devices.query.ts';

/**
 * The list of devices, each with its owner as the user service knows them now. It needs the device
 * service; without the user service the owners are missing. Dropped by any change of a device, and
 * by a change of an owner on the page.
 */
export const devices = defineAdminView({
  name: 'devices',
  params: devicesQuery,
  scope: 'permission',
  freshFor: '30s',
  servableFor: '10m',
  async load({ userId, ...query }, { from, required, optional }) {
    const page = await required('devices', () =>
      from.device.listDevices({ query: { ...query, ...(userId && { ownerId: userId }) } }),
    );
    const ids = ownersOf(page.items);
    const owners =
      ids.length === 0
        ? []
        : await optional('owners', async () => {
            const people = await from.user.listUsers({
              query: { ids: ids.join(','), limit: 200 },
            });
            return people.items;
          });
    return {
      items: page.items.map((device) => presentDeviceRow(device, owners)),
      nextCursor: page.nextCursor,
    };
  },
});
