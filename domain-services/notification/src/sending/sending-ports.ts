import type { ChannelKind } from '@cloudphone/contracts';
import type { Outcome } from '../channels/channel.ts';
import type { Contact } from '../contacts/find-contacts.ts';

/** Why somebody is not sent to now: left out for good, or put off (quiet hours). */
export type Withheld = Extract<Outcome, { readonly kind: 'skipped' | 'unavailable' }>;

export interface SendingOccasion {
  readonly batchId: string;
  readonly channel: ChannelKind;
  readonly priority: 'urgent' | 'high' | 'normal' | 'low';
  readonly templateCode: string;
  readonly nowMs: number;
}

/** Who was refused for good by a provider. */
export interface PermanentFailure {
  readonly userId: string;
  readonly contact: Contact | undefined;
  readonly channel: ChannelKind;
  readonly code: string;
  readonly detail: string;
}

/** What sending asks of the rest of the service about people. */
export interface SendingPorts {
  /**
   * Asked once for each claimed group, right before it is sent: preferences, suppression, quiet hours,
   * frequency caps. By user id, only those who are withheld. Costs at most one query.
   */
  mayStillSend(
    contacts: readonly Contact[],
    occasion: SendingOccasion,
  ): Promise<ReadonlyMap<string, Withheld>>;
  /** Told of everybody whom a provider refused for good, at least once each. */
  suppress(failures: readonly PermanentFailure[]): Promise<void>;
}

/** Withholds nobody and remembers nobody. */
export const OPEN_PORTS: SendingPorts = {
  mayStillSend: async () => new Map(),
  suppress: async () => undefined,
};
