import type { BffTools } from '@cloudphone/bff';
import { idSchema } from '@cloudphone/contracts';
import { notFound } from '@cloudphone/errors';
import { defineRoute } from '@cloudphone/http';
import type { ServiceClients } from '@cloudphone/service-clients';
import * as z from 'zod';
import { presentInstalledApp } from '../../views/my-devices/my-devices.present.ts';
import { requireMyDevice } from '../require-my-device.ts';

const access = { kind: 'signed-in' } as const;
const appOnDevice = z.strictObject({ deviceId: idSchema, appId: idSchema });

/** 202: it is asked for; `app.installed` or `app.install_failed` follows. */
export const installMyApp = ({ services, afterWrite }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/me/devices/:deviceId/apps',
    summary: 'Put an approved app on one of my devices; it is followed live.',
    access,
    params: z.strictObject({ deviceId: idSchema }),
    body: z.strictObject({ appId: idSchema }),
    status: 202,
    handle: async ({ params: { deviceId }, body: { appId }, identity }) => {
      const { userId: ownerId } = identity;
      await requireMyDevice(services, { deviceId, userId: ownerId });
      const body = { deviceId, appId, ownerId };
      const { answer, eventIds } = await services.app.installApp({ body });
      return afterWrite.reply({ answer: presentInstalledApp(answer), eventIds });
    },
  });

/** 202: it is asked for; `app.updated` or `app.install_failed` follows. */
export const updateMyApp = ({ services, afterWrite }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/me/devices/:deviceId/apps/:appId/update',
    summary: 'Bring an app on one of my devices to its current version; it is followed live.',
    access,
    params: appOnDevice,
    status: 202,
    handle: async ({ params, identity }) => {
      const installationId = await findMyApp(services, { ...params, userId: identity.userId });
      const call = services.app.updateInstallation;
      const { answer, eventIds } = await call({ params: { installationId } });
      return afterWrite.reply({ answer: presentInstalledApp(answer), eventIds });
    },
  });

/** 202: it is asked for; `app.uninstalled` or `app.uninstall_failed` follows. */
export const uninstallMyApp = ({ services, afterWrite }: BffTools) =>
  defineRoute({
    method: 'DELETE',
    path: '/me/devices/:deviceId/apps/:appId',
    summary: 'Remove an app from one of my devices; it is followed live.',
    access,
    params: appOnDevice,
    status: 202,
    handle: async ({ params, identity }) => {
      const installationId = await findMyApp(services, { ...params, userId: identity.userId });
      const { answer, eventIds } = await services.app.uninstallApp({ params: { installationId } });
      return afterWrite.reply({ answer: presentInstalledApp(answer), eventIds });
    },
  });

async function findMyApp(
  services: ServiceClients,
  wanted: { readonly deviceId: string; readonly appId: string; readonly userId: string },
): Promise<string> {
  const { deviceId, appId } = wanted;
  await requireMyDevice(services, wanted);
  const query = { deviceIds: deviceId, appId };
  const [installation] = (await services.app.listInstallations({ query })).items;
  if (installation === undefined) throw notFound('app on device', `${appId} on ${deviceId}`);
  return installation.id;
}
