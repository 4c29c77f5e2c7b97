import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idListSchema, idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';
import { deviceSegmentCalls } from './segment-sources.ts';

/**
 * `creating`, `starting`, `stopping`, `restarting` and `deleting` are under way. `unreachable` was
 * running when it was last heard of. `error`: the last thing asked of it failed.
 */
export const deviceStatusSchema = z.enum([
  'creating',
  'stopped',
  'starting',
  'running',
  'restarting',
  'unreachable',
  'stopping',
  'deleting',
  'error',
]);
export type DeviceStatus = z.infer<typeof deviceStatusSchema>;

/** A rented phone. The owner's fields are copies, kept by `user.updated`. */
export const deviceSchema = z.object({
  id: idSchema,
  name: z.string(),
  model: z.string(),
  androidVersion: z.string(),
  status: deviceStatusSchema,
  /** Why `status` is `error` or `unreachable`; null otherwise. */
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

/** `node-1`: a machine's own name, and its id. */
const nodeNameSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/);

/** A machine that runs devices. Every device that exists takes one place. */
export const nodeSchema = z.object({
  name: nodeNameSchema,
  capacity: z.int(),
  used: z.int(),
  /** Nothing new is placed on it; what is there stays until it is deleted. */
  isDraining: z.boolean(),
  version: z.int(),
  updatedAt: timeSchema,
});
export type PoolNode = z.infer<typeof nodeSchema>;

/** All nodes that are not draining, together. */
export const poolTotalsSchema = z.object({
  capacity: z.int(),
  used: z.int(),
  free: z.int(),
  /** Free places are at or below the share that operators are warned at. */
  isLow: z.boolean(),
});
export type PoolTotals = z.infer<typeof poolTotalsSchema>;

export const poolSchema = poolTotalsSchema.extend({ nodes: z.array(nodeSchema) });

const deviceNameSchema = z.string().trim().min(1).max(80);

const deviceParams = z.strictObject({ deviceId: idSchema });
const capacitySchema = z.int().min(0).max(100_000);

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
  /** 202: from running, unreachable or error; `device.started` or `device.error` follows. */
  restartDevice: defineCall({
    service: 'device',
    name: 'restartDevice',
    method: 'POST',
    path: '/devices/:deviceId/restart',
    params: deviceParams,
    answer: deviceSchema,
    status: 202,
  }),
  /**
   * 202: a device that nobody rents is `creating`; `device.created` or `device.creation_failed`
   * follows. 409 `no_capacity` when no node, or not the one named, has a place.
   */
  createDevice: defineCall({
    service: 'device',
    name: 'createDevice',
    method: 'POST',
    path: '/devices',
    body: z.strictObject({
      name: deviceNameSchema,
      model: z.string().trim().min(1).max(80).default('CP Standard'),
      androidVersion: z
        .string()
        .regex(/^\d{1,2}(\.\d{1,2})?$/)
        .default('13'),
      nodeName: nodeNameSchema.optional(),
    }),
    answer: deviceSchema,
    status: 202,
  }),
  /** With `If-Match`: 409 when it was changed meanwhile. A later `expiresAt` renews it. */
  updateDevice: defineCall({
    service: 'device',
    name: 'updateDevice',
    method: 'PATCH',
    path: '/devices/:deviceId',
    params: deviceParams,
    body: z
      .strictObject({ name: deviceNameSchema, expiresAt: timeSchema.nullable() })
      .partial()
      .refine((changes) => Object.keys(changes).length > 0, { message: 'change something' }),
    answer: deviceSchema,
  }),
  /** Gives it to somebody, and its former owner hears nothing of it any more. It is wiped. */
  transferDevice: defineCall({
    service: 'device',
    name: 'transferDevice',
    method: 'POST',
    path: '/devices/:deviceId/transfer',
    params: deviceParams,
    /** The person as the user service knows them; what events told meanwhile wins. */
    body: z.strictObject({
      userId: idSchema,
      userName: z.string().max(80),
      userEmail: z.email().max(200),
      tenantId: z.string().max(80),
      userVersion: z.int(),
    }),
    answer: deviceSchema,
  }),
  /** 202: it is nobody's any more and `deleting`; `device.deleted` follows. */
  deleteDevice: defineCall({
    service: 'device',
    name: 'deleteDevice',
    method: 'DELETE',
    path: '/devices/:deviceId',
    params: deviceParams,
    answer: deviceSchema,
    status: 202,
  }),
  getPool: defineCall({
    service: 'device',
    name: 'getPool',
    method: 'GET',
    path: '/nodes',
    answer: poolSchema,
    knownTags: () => [tags.pool()],
  }),
  /** A machine that devices can be placed on; 409 `already_exists` when there is one of that name. */
  createNode: defineCall({
    service: 'device',
    name: 'createNode',
    method: 'POST',
    path: '/nodes',
    body: z.strictObject({ name: nodeNameSchema, capacity: capacitySchema }),
    answer: nodeSchema,
    status: 201,
  }),
  /**
   * Changes its capacity, never below what it holds (409), or drains it. With `If-Match`: 409 when
   * it was changed meanwhile.
   */
  updateNode: defineCall({
    service: 'device',
    name: 'updateNode',
    method: 'PATCH',
    path: '/nodes/:nodeName',
    params: z.strictObject({ nodeName: nodeNameSchema }),
    body: z
      .strictObject({ capacity: capacitySchema, isDraining: z.boolean() })
      .partial()
      .refine((changes) => Object.keys(changes).length > 0, { message: 'change something' }),
    answer: nodeSchema,
  }),
  ...deviceSegmentCalls,
} as const;
