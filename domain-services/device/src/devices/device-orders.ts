import type { Device } from '@cloudphone/contracts';
import type { Place } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';

/** Devices that never expire come last; PostgreSQL sorts this text behind every time. */
const NEVER = 'infinity';

const byTime = z.tuple([z.union([z.iso.datetime(), z.literal(NEVER)]), z.uuid()]);

/** How a list can be sorted: always by two expressions, the second of which nobody shares. */
export const DEVICE_ORDERS = {
  name: {
    value: sql<string>`name`,
    cast: sql`text`,
    direction: 'asc',
    place: z.tuple([z.string(), z.uuid()]),
    valueOf: (device: Device) => device.name,
  },
  '-createdAt': {
    value: sql<string>`created_at`,
    cast: sql`timestamptz`,
    direction: 'desc',
    place: byTime,
    valueOf: (device: Device) => device.createdAt,
  },
  expiresAt: {
    value: sql<string>`coalesce(expires_at, 'infinity')`,
    cast: sql`timestamptz`,
    direction: 'asc',
    place: byTime,
    valueOf: (device: Device) => device.expiresAt ?? NEVER,
  },
} as const;

export type DeviceOrder = keyof typeof DEVICE_ORDERS;

/** Where a page that ends with this device ends. */
export function placeOf(order: DeviceOrder, device: Device): Place {
  return [order, DEVICE_ORDERS[order].valueOf(device), device.id];
}
