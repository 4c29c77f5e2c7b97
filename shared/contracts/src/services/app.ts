import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idListSchema, idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';

const packageNameSchema = z
  .string()
  .max(200)
  .regex(/^[a-zA-Z]\w*(\.[a-zA-Z]\w*)+$/);
const appNameSchema = z.string().trim().min(1).max(80);
const categorySchema = z.string().regex(/^[a-z][a-z-]{0,39}$/);
/** Up to four numbers; the later version is the one whose first different number is larger. */
const appVersionNumberSchema = z.string().regex(/^\d{1,9}(\.\d{1,9}){0,3}$/);

export const catalogueAppSchema = z.object({
  id: idSchema,
  packageName: z.string(),
  name: z.string(),
  category: z.string(),
  currentVersion: z.string(),
  reviewStatus: z.enum(['pending', 'approved', 'rejected']),
  version: z.int(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type CatalogueApp = z.infer<typeof catalogueAppSchema>;

export const appVersionSchema = z.object({
  appId: idSchema,
  appVersion: z.string(),
  publishedAt: timeSchema,
});
export type AppVersion = z.infer<typeof appVersionSchema>;

/** `requested`, `updating` and `uninstalling` are under way; `failed` was never there. */
export const installationStateSchema = z.enum([
  'requested',
  'installed',
  'failed',
  'updating',
  'uninstalling',
]);
export type InstallationState = z.infer<typeof installationStateSchema>;

/** An app on a device, or on its way there. Its name is the one it had when it was put there. */
export const installationSchema = z.object({
  id: idSchema,
  deviceId: idSchema,
  appId: idSchema,
  appName: z.string(),
  packageName: z.string(),
  /** What is there; while `requested`, what will be. */
  appVersion: z.string(),
  state: installationStateSchema,
  /** How the last attempt at it failed, for people; null when it did not. */
  error: z.string().nullable(),
  requestedAt: timeSchema,
  /** Null until it is there. */
  installedAt: timeSchema.nullable(),
  version: z.int(),
});
export type Installation = z.infer<typeof installationSchema>;

const appParams = z.strictObject({ appId: idSchema });
const installationParams = z.strictObject({ installationId: idSchema });

/** What the app service answers. */
export const appCalls = {
  listApps: defineCall({
    service: 'app',
    name: 'listApps',
    method: 'GET',
    path: '/apps',
    query: z.strictObject({
      ...pageQuery,
      ids: idListSchema.optional(),
      reviewStatus: z.enum(['pending', 'approved', 'rejected']).optional(),
    }),
    answer: pageOf(catalogueAppSchema),
    knownTags: ({ query }) => (query.ids ? query.ids.map(tags.app) : [tags.apps()]),
  }),
  getApp: defineCall({
    service: 'app',
    name: 'getApp',
    method: 'GET',
    path: '/apps/:appId',
    params: appParams,
    answer: catalogueAppSchema,
    knownTags: ({ params }) => [tags.app(params.appId)],
  }),
  approveApp: defineCall({
    service: 'app',
    name: 'approveApp',
    method: 'POST',
    path: '/apps/:appId/approve',
    params: appParams,
    answer: catalogueAppSchema,
  }),
  rejectApp: defineCall({
    service: 'app',
    name: 'rejectApp',
    method: 'POST',
    path: '/apps/:appId/reject',
    params: appParams,
    answer: catalogueAppSchema,
  }),
  /** A rejected app is to be reviewed again. */
  resubmitApp: defineCall({
    service: 'app',
    name: 'resubmitApp',
    method: 'POST',
    path: '/apps/:appId/resubmit',
    params: appParams,
    answer: catalogueAppSchema,
  }),
  /** A new listing, to be reviewed; 409 `already_exists` when its package is listed. */
  createApp: defineCall({
    service: 'app',
    name: 'createApp',
    method: 'POST',
    path: '/apps',
    body: z.strictObject({
      packageName: packageNameSchema,
      name: appNameSchema,
      category: categorySchema,
      currentVersion: appVersionNumberSchema,
    }),
    answer: catalogueAppSchema,
    status: 201,
  }),
  /** With `If-Match`: 409 when it was changed meanwhile. */
  updateApp: defineCall({
    service: 'app',
    name: 'updateApp',
    method: 'PATCH',
    path: '/apps/:appId',
    params: appParams,
    body: z
      .strictObject({ name: appNameSchema, category: categorySchema })
      .partial()
      .refine((changes) => Object.keys(changes).length > 0, { message: 'change something' }),
    answer: catalogueAppSchema,
  }),
  /** Makes a later version the current one; 409 when it is not later. */
  publishAppVersion: defineCall({
    service: 'app',
    name: 'publishAppVersion',
    method: 'POST',
    path: '/apps/:appId/versions',
    params: appParams,
    body: z.strictObject({ appVersion: appVersionNumberSchema }),
    answer: catalogueAppSchema,
    status: 201,
  }),
  /** The latest first. */
  listAppVersions: defineCall({
    service: 'app',
    name: 'listAppVersions',
    method: 'GET',
    path: '/apps/:appId/versions',
    params: appParams,
    query: z.strictObject({ ...pageQuery }),
    answer: pageOf(appVersionSchema),
    knownTags: ({ params }) => [tags.app(params.appId)],
  }),
  listInstallations: defineCall({
    service: 'app',
    name: 'listInstallations',
    method: 'GET',
    path: '/installations',
    /** `deviceIds` or `ids`, one of them. */
    query: z
      .strictObject({
        ...pageQuery,
        ids: idListSchema.optional(),
        deviceIds: idListSchema.optional(),
        appId: idSchema.optional(),
      })
      .refine((query) => (query.ids === undefined) !== (query.deviceIds === undefined), {
        message: 'give either ids or deviceIds',
      }),
    answer: pageOf(installationSchema),
    knownTags: ({ query }) =>
      query.ids?.map(tags.installation) ?? query.deviceIds?.map(tags.installationsOf) ?? [],
  }),
  /**
   * Asks for an app to be put on a device: `app.installed` or `app.install_failed` follows. Asked
   * again while it is under way: the same answer. 409 `already_exists` when it is there.
   */
  installApp: defineCall({
    service: 'app',
    name: 'installApp',
    method: 'POST',
    path: '/installations',
    body: z.strictObject({ deviceId: idSchema, appId: idSchema, ownerId: idSchema.nullable() }),
    answer: installationSchema,
    status: 202,
  }),
  /** Asks for the app's current version: `app.updated` or `app.install_failed` follows. */
  updateInstallation: defineCall({
    service: 'app',
    name: 'updateInstallation',
    method: 'POST',
    path: '/installations/:installationId/update',
    params: installationParams,
    answer: installationSchema,
    status: 202,
  }),
  /** Asks for the app to be removed: `app.uninstalled` or `app.uninstall_failed` follows. */
  uninstallApp: defineCall({
    service: 'app',
    name: 'uninstallApp',
    method: 'DELETE',
    path: '/installations/:installationId',
    params: installationParams,
    answer: installationSchema,
    status: 202,
  }),
} as const;
