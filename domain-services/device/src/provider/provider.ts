/** The machine room's view of a device. */
export interface ProviderDevice {
  readonly id: string;
  readonly name: string;
  readonly nodeName: string;
}

/** A refusal is an outcome, told to the owner; anything thrown is a failure of the way there. */
export type ProviderOutcome =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly reason: string };

export type ProviderStep = 'start' | 'stop';

/** Whoever runs the phones. The service drives it; another provider is another implementation. */
export interface Provider {
  /**
   * Resolves when the device stands where the step leads. May be asked again for the same step of
   * the same device (after a crash), so it must be repeatable. Rejects when the signal aborts.
   */
  perform(
    step: ProviderStep,
    device: ProviderDevice,
    signal: AbortSignal,
  ): Promise<ProviderOutcome>;
}
