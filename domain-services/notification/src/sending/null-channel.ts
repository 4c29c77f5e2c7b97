import type { ChannelKind } from '@cloudphone/contracts';
import { NO_CONTACT } from '../channels/capture-channel.ts';
import { type Channel, OUT_OF_TIME, type Outcome } from '../channels/channel.ts';

const SENT: Outcome = { kind: 'sent' };

/** Delivers nothing, and says so of nobody: what dry runs and benches send through. */
export function createNullChannel(kind: ChannelKind): Channel {
  return {
    kind,
    isRepeatable: true,
    provider: 'null',
    unit: 'messages',
    sendTimeoutMs: 1_000,
    send: async (messages, mayBegin) => {
      if (!mayBegin()) return messages.map(() => OUT_OF_TIME);
      return messages.map(({ contact }) =>
        kind === 'email' && contact.email === null ? NO_CONTACT : SENT,
      );
    },
    close: async () => undefined,
  };
}
