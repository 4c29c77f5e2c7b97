import type * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { deviceSchema } from '../services/device.ts';
import { tags } from '../tags.ts';

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

export const deviceEvents = {
  'device.created': deviceEvent('device.created'),
  'device.updated': deviceEvent('device.updated', { isCoalescible: true }),
  /** `starting` or `stopping`: asked for, not done yet. */
  'device.status_changed': deviceEvent('device.status_changed', { isCoalescible: true }),
  'device.started': deviceEvent('device.started'),
  'device.stopped': deviceEvent('device.stopped'),
  'device.error': deviceEvent('device.error'),
} as const;
