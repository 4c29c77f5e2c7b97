import type { Device, Installation } from '@cloudphone/contracts';

/** A phone as its owner sees it: nothing of where it runs. */
export function presentOwnDevice(device: Device) {
  const { id, name, model, androidVersion, status, lastError, expiresAt, version } = device;
  return { id, name, model, androidVersion, status, lastError, expiresAt, version };
}

export function presentInstalledApp({ appId, appName, appVersion, installedAt }: Installation) {
  return { appId, appName, appVersion, installedAt };
}

/** `installations` are those of a whole page of devices; null while the app service is away. */
export function presentDeviceWithApps(
  device: Device,
  installations: readonly Installation[] | null,
) {
  const apps = installations
    ?.filter((installation) => installation.deviceId === device.id)
    .map(presentInstalledApp);
  return { ...presentOwnDevice(device), apps: apps ?? null };
}
