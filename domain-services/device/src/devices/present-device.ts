import { type Device, type TagRead, tags } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { DeviceTable } from '../schema.ts';

export type DeviceRow = Selectable<DeviceTable>;

/** What others may see of a device, in events and answers alike. */
export function presentDevice(row: DeviceRow): Device {
  return {
    id: row.id,
    name: row.name,
    model: row.model,
    androidVersion: row.android_version,
    status: row.status,
    lastError: row.last_error,
    ownerId: row.owner_id,
    ownerName: row.owner_name,
    ownerEmail: row.owner_email,
    tenantId: row.tenant_id,
    nodeName: row.node_name,
    expiresAt: row.expires_at?.toISOString() ?? null,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

export function readOf(device: Pick<Device, 'id' | 'version'>): TagRead {
  return { tag: tags.device(device.id), version: device.version };
}
