import type { Device, Person } from '@cloudphone/contracts';

/** The distinct owners of some devices. */
export function ownersOf(devices: readonly Device[]): string[] {
  return [...new Set(devices.flatMap((device) => device.ownerId ?? []))];
}

/** A row of the list; `owner` is null for a free device and while the user service is away. */
export function presentDeviceRow(device: Device, owners: readonly Person[] | null) {
  const owner = owners?.find((person) => person.id === device.ownerId);
  return { ...device, owner: owner ? presentOwner(owner) : null };
}

/** What the device screens show of a person. */
export function presentOwner({ id, username, name, email, tenantId, status }: Person) {
  return { id, username, name, email, tenantId, status };
}
