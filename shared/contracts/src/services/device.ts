import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idListSchema, idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';

export const deviceStatusSchema = z.enum(['stopped', 'starting', 'running', 'stopping', 'error']);
export type DeviceStatus = z.infer<typeof deviceStatusSchema>;

/** A rented phone. The owner's fields are copies, kept by `user.updated`. */
export const deviceSchema = z.object({
  id: idSchema,
  name: z.string(),
  model: z.string(),
  androidVersion: z.string(),
  status: deviceStatusSchema,
  /** Why `status` is `error`; null otherwise. */
  lastError: z.string().nullable(),
  ownerId: idSchema.nullable(),
  ownerName: z.string().nullable(),
  ownerEmail: z.string().nullable(),
  tenantId: z.string().nullable(),
  nodeName: z.string(),
  expiresAt: timeSchema.nullable(),
  version: z.int(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type Device = z.infer<typeof deviceSchema>;

export const deviceCountsSchema = z.object({
  total: z.int(),
  byStatus: z.record(deviceStatusSchema, z.int()),
  /** Rented ones that expire within seven days. */
  expiringSoon: z.int(),
});
export type DeviceCounts = z.infer<typeof deviceCountsSchema>;

const deviceParams = z.strictObject({ deviceId: idSchema });

/** What the device service answers. */
export const deviceCalls = {
  listDevices: defineCall({
    service: 'device',
    name: 'listDevices',
    method: 'GET',
    path: '/devices',
    query: z.strictObject({
      ...pageQuery,
      ids: idListSchema.optional(),
      ownerId: idSchema.optional(),
      status: deviceStatusSchema.optional(),
      /** Matches the beginning of the device's or its owner's name, case-insensitively. */
      q: z.string().max(100).optional(),
      sort: z.enum(['name', '-createdAt', 'expiresAt']).default('name'),
    }),
    answer: pageOf(deviceSchema),
    knownTags: ({ query }) => {
      if (query.ids) return query.ids.map(tags.device);
      return [query.ownerId ? tags.devicesOf(query.ownerId) : tags.devices()];
    },
  }),
  getDevice: defineCall({
    service: 'device',
    name: 'getDevice',
    method: 'GET',
    path: '/devices/:deviceId',
    params: deviceParams,
    answer: deviceSchema,
    knownTags: ({ params }) => [tags.device(params.deviceId)],
  }),
  getDeviceCounts: defineCall({
    service: 'device',
    name: 'getDeviceCounts',
    method: 'GET',
    path: '/device-counts',
    query: z.strictObject({ ownerId: idSchema.optional() }),
    answer: deviceCountsSchema,
    knownTags: ({ query }) => [query.ownerId ? tags.devicesOf(query.ownerId) : tags.devices()],
  }),
  /** 202: the device is `starting`; `device.started` or `device.error` follows. */
  startDevice: defineCall({
    service: 'device',
    name: 'startDevice',
    method: 'POST',
    path: '/devices/:deviceId/start',
    params: deviceParams,
    answer: deviceSchema,
    status: 202,
  }),
  /** 202: the device is `stopping`; `device.stopped` or `device.error` follows. */
  stopDevice: defineCall({
    service: 'device',
    name: 'stopDevice',
    method: 'POST',
    path: '/devices/:deviceId/stop',
    params: deviceParams,
    answer: deviceSchema,
    status: 202,
  }),
} as const;
