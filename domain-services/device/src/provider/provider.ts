/** The machine room's view of a device. */
export interface ProviderDevice {
  readonly id: string;
  readonly name: string;
  readonly nodeName: string;
}

/** What is put on a device, or taken off it. */
export interface ProviderApp {
  readonly packageName: string;
  readonly appVersion: string;
}

/** A refusal is an outcome, told to the owner; anything thrown is a failure of the way there. */
export type ProviderOutcome =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly reason: string };

/** `wipe` leaves the device as it was created: no apps, nothing of whoever had it. */
export type DeviceStep = 'create' | 'start' | 'stop' | 'restart' | 'delete' | 'wipe';
export type AppStep = 'install' | 'uninstall';
export type ProviderStep = DeviceStep | AppStep;

/** Whoever runs the phones. The service drives it; another provider is another implementation. */
export interface Provider {
  /**
   * Resolves when the device stands where the step leads. May be asked again for the same step of
   * the same device (after a crash), so it must be repeatable: creating what exists, deleting or
   * uninstalling what does not, installing what is there. Rejects when the signal aborts.
   */
  perform(step: DeviceStep, device: ProviderDevice, signal: AbortSignal): Promise<ProviderOutcome>;
  /** The same for an app on a device. */
  performOnApp(
    step: AppStep,
    target: { readonly device: ProviderDevice; readonly app: ProviderApp },
    signal: AbortSignal,
  ): Promise<ProviderOutcome>;
  /** Those of the running devices that it does not reach, by id, and why. */
  findUnreachable(
    devices: readonly ProviderDevice[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>>;
}
