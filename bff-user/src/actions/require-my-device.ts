import type { Device } from '@cloudphone/contracts';
import { notFound } from '@cloudphone/errors';
import type { ServiceClients } from '@cloudphone/service-clients';

/** The device, if it is this person's. Throws not_found, whether it is somebody else's or nowhere. */
export async function requireMyDevice(
  services: ServiceClients,
  { deviceId, userId }: { readonly deviceId: string; readonly userId: string },
): Promise<Device> {
  const device = await services.device.getDevice({ params: { deviceId } });
  if (device.ownerId !== userId) throw notFound('device', deviceId);
  return device;
}
