import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { catalogueAppSchema, installationSchema } from '../services/app.ts';
import { tags } from '../tags.ts';
import { idSchema } from '../values.ts';

const listingEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: catalogueAppSchema,
    subject: (app) => `app/${app.id}`,
    key: (app) => `app:${app.id}`,
    tags: (app) => [tags.app(app.id), tags.apps()],
    audiences: [
      {
        channel: () => channels.admin(),
        fields: ['id', 'packageName', 'name', 'currentVersion', 'reviewStatus', 'version'],
      },
    ],
  });

/** `ownerId` is whose device it is, null for a device that nobody rents. */
const installationFacts = installationSchema.extend({ ownerId: idSchema.nullable() });

const installationEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: installationFacts,
    subject: (installation) => `installation/${installation.id}`,
    key: (installation) => `device:${installation.deviceId}`,
    tags: (installation) => [
      tags.installation(installation.id),
      tags.installationsOf(installation.deviceId),
    ],
    audiences: [
      {
        channel: ({ ownerId }) => (ownerId === null ? undefined : channels.user(ownerId)),
        fields: ['id', 'deviceId', 'appId', 'appName', 'appVersion', 'installedAt', 'version'],
      },
      {
        channel: (installation) => channels.adminDevice(installation.deviceId),
        fields: ['id', 'deviceId', 'appId', 'appName', 'appVersion', 'installedAt', 'version'],
      },
    ],
  });

export const appEvents = {
  'app.created': listingEvent('app.created'),
  'app.approved': listingEvent('app.approved'),
  'app.rejected': listingEvent('app.rejected'),
  'app.installed': installationEvent('app.installed'),
  'app.uninstalled': installationEvent('app.uninstalled'),
} as const;
