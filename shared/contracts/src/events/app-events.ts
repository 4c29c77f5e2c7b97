import * as z from 'zod';
import { channels } from '../channels.ts';
import { type Audience, defineEvent } from '../define-event.ts';
import { catalogueAppSchema, installationSchema } from '../services/app.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

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

const installationFields = [
  'id',
  'deviceId',
  'appId',
  'appName',
  'appVersion',
  'state',
  'error',
  'installedAt',
  'version',
] as const;

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
        fields: installationFields,
      },
      {
        channel: (installation) => channels.adminDevice(installation.deviceId),
        fields: installationFields,
      },
    ],
  });

/** What the device service is asked for, and how its attempt ended. */
const deviceRequest = z.object({
  installationId: idSchema,
  deviceId: idSchema,
  appId: idSchema,
  appName: z.string(),
  packageName: z.string(),
  appVersion: z.string(),
  ownerId: idSchema.nullable(),
  at: timeSchema,
});

/** Why it failed, for people; null otherwise. */
const failure = z.string().nullable();

const pipelineEvent = <Type extends string, Schema extends typeof deviceRequest>(
  type: Type,
  data: Schema,
  audiences: readonly Audience<z.infer<Schema>>[],
) =>
  defineEvent({
    type,
    data,
    subject: (step) => `installation/${step.installationId}`,
    key: (step) => `device:${step.deviceId}`,
    tags: (step) => [tags.installation(step.installationId), tags.installationsOf(step.deviceId)],
    audiences,
  });

const requestFields = [
  'installationId',
  'deviceId',
  'appId',
  'appName',
  'appVersion',
  'at',
] as const;
const toldToOwner: readonly Audience<z.infer<typeof deviceRequest>>[] = [
  {
    channel: ({ ownerId }) => (ownerId === null ? undefined : channels.user(ownerId)),
    fields: requestFields,
  },
  { channel: ({ deviceId }) => channels.adminDevice(deviceId), fields: requestFields },
];

export const appEvents = {
  /** Asks the device service to install it; `app.install_completed` answers. */
  'app.install_requested': pipelineEvent('app.install_requested', deviceRequest, toldToOwner),
  /** The device service is done with it; the app service records how it ended. */
  'app.install_completed': pipelineEvent(
    'app.install_completed',
    deviceRequest.extend({ outcome: z.enum(['installed', 'failed']), error: failure }),
    [],
  ),
  /** Asks the device service to remove it; `app.uninstall_completed` answers. */
  'app.uninstall_requested': pipelineEvent('app.uninstall_requested', deviceRequest, toldToOwner),
  'app.uninstall_completed': pipelineEvent(
    'app.uninstall_completed',
    deviceRequest.extend({ outcome: z.enum(['removed', 'failed']), error: failure }),
    [],
  ),
  'app.created': listingEvent('app.created'),
  /** Its name, its category or its current version, or it is to be reviewed again. */
  'app.updated_listing': listingEvent('app.updated_listing'),
  'app.approved': listingEvent('app.approved'),
  'app.rejected': listingEvent('app.rejected'),
  'app.installed': installationEvent('app.installed'),
  /** What `error` says; an installation that was being updated stays as it was. */
  'app.install_failed': installationEvent('app.install_failed'),
  /** An installed app is at another version now. */
  'app.updated': installationEvent('app.updated'),
  /** It is not on the device any more. */
  'app.uninstalled': installationEvent('app.uninstalled'),
  'app.uninstall_failed': installationEvent('app.uninstall_failed'),
} as const;
