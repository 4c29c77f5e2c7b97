import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { deviceSchema, nodeSchema, poolTotalsSchema } from '../services/device.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

type DeviceFacts = z.infer<typeof deviceSchema>;

const ownersFields = [
  'id',
  'name',
  'model',
  'androidVersion',
  'status',
  'lastError',
  'expiresAt',
  'version',
  'updatedAt',
] as const;
const everyField = Object.keys(deviceSchema.shape) as (keyof DeviceFacts & string)[];

const deviceEvent = <Type extends string>(
  type: Type,
  options: { readonly isCoalescible?: boolean } = {},
) =>
  defineEvent({
    type,
    data: deviceSchema,
    subject: (device) => `device/${device.id}`,
    key: (device) => `device:${device.id}`,
    tags: (device) => [
      tags.device(device.id),
      tags.devices(),
      ...(device.ownerId === null ? [] : [tags.devicesOf(device.ownerId)]),
    ],
    audiences: [
      {
        channel: (device) => (device.ownerId === null ? undefined : channels.user(device.ownerId)),
        fields: ownersFields,
      },
      { channel: (device) => channels.device(device.id), fields: ownersFields },
      { channel: (device) => channels.adminDevice(device.id), fields: everyField },
      { channel: () => channels.adminWith('devices:read'), fields: everyField },
    ],
    ...options,
  });

/** Devices of one order: all of them or none. */
const allocationFacts = z.object({
  orderId: idSchema,
  userId: idSchema,
  quantity: z.int(),
  /** Empty until they are allocated. */
  deviceIds: z.array(idSchema),
  /** Why there are none: `no_capacity`, `provider_error` or `order_ended`. */
  reason: z.enum(['no_capacity', 'provider_error', 'order_ended']).nullable(),
  at: timeSchema,
});
const allocationFields = ['orderId', 'userId', 'quantity', 'deviceIds', 'reason', 'at'] as const;

const allocationEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: allocationFacts,
    subject: (allocation) => `order/${allocation.orderId}`,
    key: (allocation) => `allocation:${allocation.orderId}`,
    tags: (allocation) => [
      tags.devicesOf(allocation.userId),
      tags.devices(),
      tags.pool(),
      ...allocation.deviceIds.map(tags.device),
    ],
    audiences: [
      {
        channel: (allocation) => channels.user(allocation.userId),
        fields: ['orderId', 'quantity', 'deviceIds', 'reason', 'at'],
      },
      { channel: () => channels.adminWith('devices:read'), fields: allocationFields },
    ],
  });

/** A device that changed hands; `formerOwnerId` hears nothing of it any more. */
const changedHandsEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: deviceSchema.extend({ formerOwnerId: idSchema.nullable() }),
    subject: (device) => `device/${device.id}`,
    key: (device) => `device:${device.id}`,
    tags: (device) => [
      tags.device(device.id),
      tags.devices(),
      tags.pool(),
      ...[device.ownerId, device.formerOwnerId].flatMap((id) =>
        id === null ? [] : [tags.devicesOf(id)],
      ),
    ],
    audiences: [
      {
        channel: ({ formerOwnerId }) =>
          formerOwnerId === null ? undefined : channels.user(formerOwnerId),
        fields: ['id'],
      },
      {
        channel: (device) => (device.ownerId === null ? undefined : channels.user(device.ownerId)),
        fields: ownersFields,
      },
      { channel: (device) => channels.adminDevice(device.id), fields: everyField },
      { channel: () => channels.adminWith('devices:read'), fields: everyField },
    ],
    class: 'access',
  });

/** A device whose time ends: seven days and one day before, once each. */
const expiringFacts = deviceSchema.extend({ daysLeft: z.union([z.literal(7), z.literal(1)]) });

const poolEvent = <Type extends string>(
  type: Type,
  options: { readonly isCoalescible?: boolean } = {},
) =>
  defineEvent({
    type,
    data: poolTotalsSchema.extend({ at: timeSchema }),
    subject: () => 'pool',
    key: () => 'pool',
    tags: () => [tags.pool()],
    audiences: [
      {
        channel: () => channels.adminWith('devices:read'),
        fields: ['capacity', 'used', 'free', 'isLow', 'at'],
      },
    ],
    ...options,
  });

export const deviceEvents = {
  'device.created': deviceEvent('device.created'),
  'device.updated': deviceEvent('device.updated', { isCoalescible: true }),
  /** The provider refused, its reason is `lastError`: there is no such device any more. */
  'device.creation_failed': deviceEvent('device.creation_failed'),
  /** Asked for, not done yet; or within reach again after `device.connection_lost`. */
  'device.status_changed': deviceEvent('device.status_changed', { isCoalescible: true }),
  'device.started': deviceEvent('device.started'),
  'device.stopped': deviceEvent('device.stopped'),
  'device.error': deviceEvent('device.error'),
  /** Running as far as anybody knows, but the provider does not reach it. */
  'device.connection_lost': deviceEvent('device.connection_lost'),
  'device.expiring_soon': defineEvent({
    type: 'device.expiring_soon',
    data: expiringFacts,
    subject: (device) => `device/${device.id}`,
    key: (device) => `device:${device.id}`,
    tags: (device) => [
      tags.device(device.id),
      tags.devices(),
      ...(device.ownerId === null ? [] : [tags.devicesOf(device.ownerId)]),
    ],
    audiences: [
      {
        channel: (device) => (device.ownerId === null ? undefined : channels.user(device.ownerId)),
        fields: [...ownersFields, 'daysLeft'],
      },
      {
        channel: () => channels.adminWith('devices:read'),
        fields: [...everyField, 'daysLeft'],
      },
    ],
  }),
  /** Its time is over: it is stopped, and released when the grace period is over, too. */
  'device.expired': deviceEvent('device.expired'),
  'device.transferred': changedHandsEvent('device.transferred'),
  /** Nobody's any more: its order ended, it expired, or its owner was deleted. */
  'device.released': changedHandsEvent('device.released'),
  /** There is no such device any more; `ownerId` is null, whoever had it. */
  'device.deleted': changedHandsEvent('device.deleted'),
  'device.allocate_requested': allocationEvent('device.allocate_requested'),
  'device.allocated': allocationEvent('device.allocated'),
  'device.allocation_failed': allocationEvent('device.allocation_failed'),
  'device.node_changed': defineEvent({
    type: 'device.node_changed',
    data: nodeSchema,
    subject: (node) => `node/${node.name}`,
    key: (node) => `node:${node.name}`,
    tags: (node) => [tags.node(node.name), tags.pool()],
    audiences: [
      {
        channel: () => channels.adminWith('devices:read'),
        fields: ['name', 'capacity', 'used', 'isDraining', 'version', 'updatedAt'],
      },
    ],
    isCoalescible: true,
  }),
  'device.pool_changed': poolEvent('device.pool_changed', { isCoalescible: true }),
  /** Free places came down to the share that operators are warned at: once per crossing. */
  'device.pool_low': poolEvent('device.pool_low'),
} as const;
