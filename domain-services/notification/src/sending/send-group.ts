import type { ChannelKind } from '@cloudphone/contracts';
import type { Claim, CommittedRecipient } from '@cloudphone/redis';
import { namedId } from '@cloudphone/runtime';
import type { Channel, Outcome, OutgoingMessage } from '../channels/channel.ts';
import type { Contact } from '../contacts/find-contacts.ts';
import type { TemplateValues } from '../templates/compile-text.ts';
import type { CompiledTemplate } from '../templates/rendered-template.ts';

/** One chunk of one campaign, with all that is needed to send to it. */
export interface LoadedChunk {
  readonly batchId: string;
  readonly type: string;
  readonly template: CompiledTemplate;
  readonly data: TemplateValues;
  /** The first recipient's ordinal. */
  readonly from: number;
  readonly userIds: readonly string[];
  readonly contacts: ReadonlyMap<string, Contact>;
}

export type Claimed = Claim['recipients'][number];

/** What became of one recipient. */
export interface Delivered {
  readonly ordinal: number;
  readonly userId: string;
  readonly attempt: number;
  readonly outcome: Outcome;
}

/** Tells the same message's repeats apart from another's, for ever (RFC 9562 §5.5). */
function messageKey(batchId: string, kind: ChannelKind, userId: string): string {
  return namedId(batchId, `${kind}/${userId}/1`);
}

/** Renders and sends a claimed group. One bad recipient costs one recipient. */
export async function sendGroup(
  chunk: LoadedChunk,
  channel: Channel,
  claimed: readonly Claimed[],
  mayBegin: () => boolean,
): Promise<Delivered[]> {
  const prepared = claimed.map((recipient) => {
    const userId = userIdOf(chunk, recipient.ordinal);
    return { ...recipient, userId, message: prepareMessage(chunk, channel.kind, userId) };
  });
  const messages = prepared.flatMap(({ message }) => ('kind' in message ? [] : [message]));
  const outcomes = (await channel.send(messages, mayBegin)).values();
  return prepared.map(({ ordinal, attempt, userId, message }) => {
    const outcome = 'kind' in message ? message : outcomes.next().value;
    if (outcome === undefined) throw new Error(`${channel.kind} answered for too few messages`);
    return { ordinal, attempt, userId, outcome };
  });
}

export function userIdOf(chunk: LoadedChunk, ordinal: number): string {
  const userId = chunk.userIds[ordinal - chunk.from];
  if (userId === undefined) throw new RangeError(`recipient ${ordinal} is not of this chunk`);
  return userId;
}

function prepareMessage(
  chunk: LoadedChunk,
  kind: ChannelKind,
  userId: string,
): OutgoingMessage | Outcome {
  const contact = chunk.contacts.get(userId);
  if (contact === undefined) {
    return { kind: 'skipped', code: 'unknown_person', detail: 'nobody of this id is known' };
  }
  try {
    const values = { ...chunk.data, userName: contact.name, userEmail: contact.email ?? '' };
    const content = chunk.template.render(values, contact);
    const key = messageKey(chunk.batchId, kind, userId);
    return { key, batchId: chunk.batchId, type: chunk.type, contact, content };
  } catch (err) {
    const detail = err instanceof Error ? err.message : String(err);
    return { kind: 'rejected', code: 'render_failed', detail };
  }
}

const MAX_ATTEMPTS = 3;
const FIRST_RETRY_MS = 2_000;

/** What the ledger records of an outcome: retries are spent after three attempts. */
export function committed({ ordinal, attempt, outcome }: Delivered): CommittedRecipient {
  switch (outcome.kind) {
    case 'sent':
    case 'skipped':
    case 'unknown':
      return { ordinal, state: outcome.kind };
    case 'rejected':
      return { ordinal, state: 'failed' };
    case 'unavailable':
      return {
        ordinal,
        state: 'retry-wait',
        retryInMs: outcome.retryInMs,
        countsAsAttempt: false,
      };
    case 'retry':
      if (attempt >= MAX_ATTEMPTS) return { ordinal, state: 'failed' };
      return {
        ordinal,
        state: 'retry-wait',
        retryInMs: outcome.retryInMs ?? backoffMs(attempt),
      };
  }
}

/** Doubles, with jitter, so that those refused together do not come back together. */
function backoffMs(attempt: number): number {
  return FIRST_RETRY_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
}
