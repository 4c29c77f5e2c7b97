import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idListSchema, idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';

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

export const installationSchema = z.object({
  id: idSchema,
  deviceId: idSchema,
  appId: idSchema,
  appName: z.string(),
  packageName: z.string(),
  appVersion: z.string(),
  installedAt: timeSchema,
  version: z.int(),
});
export type Installation = z.infer<typeof installationSchema>;

const appParams = z.strictObject({ appId: idSchema });

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
      })
      .refine((query) => (query.ids === undefined) !== (query.deviceIds === undefined), {
        message: 'give either ids or deviceIds',
      }),
    answer: pageOf(installationSchema),
    knownTags: ({ query }) =>
      query.ids?.map(tags.installation) ?? query.deviceIds?.map(tags.installationsOf) ?? [],
  }),
  /** Records that an app was put on a device; 409 `already_exists` when it is there. */
  installApp: defineCall({
    service: 'app',
    name: 'installApp',
    method: 'POST',
    path: '/installations',
    body: z.strictObject({ deviceId: idSchema, appId: idSchema, ownerId: idSchema.nullable() }),
    answer: installationSchema,
    status: 201,
  }),
  uninstallApp: defineCall({
    service: 'app',
    name: 'uninstallApp',
    method: 'DELETE',
    path: '/installations/:installationId',
    params: z.strictObject({ installationId: idSchema }),
    answer: installationSchema,
  }),
} as const;
