import type { ChannelKind } from '@cloudphone/contracts';
import type { Contact } from '../contacts/find-contacts.ts';
import type { RenderedMessage } from '../templates/rendered-template.ts';

/** One message to one person, ready to go. */
export interface OutgoingMessage {
  /** The same for every attempt of the same message: what providers tell repeats by. */
  readonly key: string;
  readonly batchId: string | null;
  /** The template's code. */
  readonly type: string;
  readonly contact: Contact;
  readonly content: RenderedMessage;
}

/** What became of a message, as far as the channel can know. */
export type Outcome =
  | { readonly kind: 'sent' }
  /** The channel cannot reach this person: no address. */
  | { readonly kind: 'skipped'; readonly code: string; readonly detail: string }
  /** Refused for good because of the recipient or the message. */
  | { readonly kind: 'rejected'; readonly code: string; readonly detail: string }
  /** Refused for now because of the recipient. */
  | {
      readonly kind: 'retry';
      readonly code: string;
      readonly detail: string;
      readonly retryInMs?: number;
    }
  /** Not even begun: the provider is away, or time ran out. Costs no attempt. */
  | {
      readonly kind: 'unavailable';
      readonly code: string;
      readonly detail: string;
      readonly retryInMs: number;
      /** Whose fault it is: the provider's, away or asking for less; nobody's unless told. */
      readonly because?: 'provider-away' | 'too-many';
    }
  /** Begun, and no answer: it may have been sent. */
  | { readonly kind: 'unknown'; readonly code: string; readonly detail: string };

/**
 * A way to reach people. `send` answers for each message in order, and throws only when its own
 * records cannot be reached (then nothing is known to be sent). The conformance suite beside this
 * file says the rest.
 */
export interface Channel {
  readonly kind: ChannelKind;
  /** Whether sending a message again under its key is no second message. */
  readonly isRepeatable: boolean;
  /** What demo screens and logs call the provider behind it. */
  readonly provider: string;
  /** What the provider counts and charges. */
  readonly unit: 'messages' | 'segments';
  /** How long one message may take. */
  readonly sendTimeoutMs: number;
  /** What the provider takes of all processes together, in its units; absent: as much as is sent. */
  readonly limit?: {
    readonly perSecond: number;
    /** The most units that one message may cost; 1 unless told. */
    readonly maxUnits?: number;
  };
  /** What a message costs in the provider's units (SMS segments); absent: one each. */
  unitsOf?(message: OutgoingMessage): number;
  /** Whether the provider takes messages (again), asked while it is thought to be away. */
  isBack?(): Promise<boolean>;
  send(
    messages: readonly OutgoingMessage[],
    /** Asked right before each message: whether enough time is left of the claim on it. */
    mayBegin: () => boolean,
  ): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** The channels of this installation; others are refused when a campaign asks for them. */
export type ChannelTable = Readonly<Partial<Record<ChannelKind, Channel>>>;

/**
 * Units a second of a provider that states no limit: as good as none. It is kept all the same, so that
 * when the provider asks one process for less, all of them hear it.
 */
export const UNSTATED_LIMIT = 1_000_000;

/** For a message whose turn came too late to be begun safely. */
export const OUT_OF_TIME: Outcome = {
  kind: 'unavailable',
  code: 'out_of_time',
  detail: 'too little time was left of the claim',
  retryInMs: 0,
};

/** For somebody who was deleted after they were looked up. */
export const GONE: Outcome = {
  kind: 'skipped',
  code: 'unknown_person',
  detail: 'nobody of this id is known any more',
};
