import type { Device, Installation } from '@cloudphone/contracts';

/** A phone as its owner sees it: nothing of where it runs. */
export function presentOwnDevice(device: Device) {
  const { id, name, model, androidVersion, status, lastError, expiresAt, version } = device;
  return { id, name, model, androidVersion, status, lastError, expiresAt, version };
}

/** An app on a phone, or on its way there. */
export function presentInstalledApp(installation: Installation) {
  const { appId, appName, appVersion, state, error, installedAt, version } = installation;
  return { appId, appName, appVersion, state, error, installedAt, version };
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
