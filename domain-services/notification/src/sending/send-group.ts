import type { ChannelKind } from '@cloudphone/contracts';
import type { Claim, CommittedRecipient } from '@cloudphone/redis';
import { namedId } from '@cloudphone/runtime';
import { msUntilLocalTime } from '../campaigns/local-time.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { Channel, Outcome, OutgoingMessage } from '../channels/channel.ts';
import type { Contact } from '../contacts/find-contacts.ts';
import type { RenderedMessage } from '../templates/rendered-template.ts';
import type { WithheldQuestion } from './ask-withheld.ts';
import type { GroupSize } from './group-size.ts';
import type { Audience } from './load-audience.ts';
import type { MessageRenderer } from './message-renderer.ts';
import type { Pace } from './pace.ts';
import { type KeyRounds, keyRoundName } from './rounds/find-key-rounds.ts';
import type { Sending } from './sending.ts';

/** One chunk of one campaign, with all that is needed to send to it. */
export interface LoadedChunk extends Audience {
  readonly row: CampaignRow;
  readonly render: MessageRenderer;
  readonly number: number;
  /** The first recipient's ordinal. */
  readonly from: number;
  readonly keyRounds: KeyRounds;
}

export type Claimed = Claim['recipients'][number];

/** What became of one recipient. */
export interface Delivered {
  readonly ordinal: number;
  readonly userId: string;
  readonly attempt: number;
  readonly outcome: Outcome;
}

/** What is to be sent to one recipient, or why there is nothing to send. */
type Prepared = OutgoingMessage | Outcome;

const isOutcome = (prepared: Prepared): prepared is Outcome => 'kind' in prepared;

/** Renders and sends a claimed group. One bad recipient costs one recipient. */
export async function sendGroup(
  { clock }: Pick<Sending, 'clock'>,
  group: {
    readonly chunk: LoadedChunk;
    readonly channel: Channel;
    readonly pace: Pace | undefined;
    readonly claimed: readonly Claimed[];
    readonly groupSize: GroupSize;
    readonly askWithheld: WithheldQuestion;
    readonly takeTurn: () => Promise<void>;
    readonly mayBegin: () => boolean;
  },
): Promise<Delivered[]> {
  const { chunk, channel, claimed } = group;
  const contacts: Contact[] = [];
  for (const { ordinal } of claimed) {
    const contact = chunk.contacts[ordinal - chunk.from];
    if (contact !== undefined) contacts.push(contact);
  }
  const nowMs = clock.now();
  const occasion = {
    batchId: chunk.row.batch_id,
    channel: channel.kind,
    priority: chunk.row.priority,
    templateCode: chunk.row.template_code,
    nowMs,
  };
  const withheld = await group.askWithheld({ contacts, occasion });
  await group.takeTurn();
  const prepared = await affordUnits(
    claimed.map(({ ordinal }) => {
      const userId = userIdOf(chunk, ordinal);
      const reason = withheld.get(userId);
      return reason ?? prepareMessage(chunk, channel.kind, { ordinal, userId, nowMs });
    }),
    channel,
    group.pace,
  );
  const messages = prepared.filter((one): one is OutgoingMessage => !isOutcome(one));
  const beganMs = clock.monotonicMs();
  const outcomes = await channel.send(messages, group.mayBegin);
  group.groupSize.note(claimed.length, clock.monotonicMs() - beganMs);
  let next = 0;
  return claimed.map(({ ordinal, attempt }, index) => {
    const one = prepared[index];
    const outcome = one !== undefined && isOutcome(one) ? one : outcomes[next++];
    if (outcome === undefined) throw new Error(`${channel.kind} answered for too few messages`);
    return { ordinal, attempt, userId: userIdOf(chunk, ordinal), outcome };
  });
}

/** Claims were granted one unit a message; what costs more is sent as far as more units are granted. */
async function affordUnits(
  prepared: readonly Prepared[],
  channel: Channel,
  pace: Pace | undefined,
): Promise<readonly Prepared[]> {
  const { unitsOf } = channel;
  if (unitsOf === undefined || pace === undefined) return prepared;
  const moreFor = (one: Prepared) => (isOutcome(one) ? 0 : Math.max(0, unitsOf(one) - 1));
  const wanted = prepared.reduce((sum, one) => sum + moreFor(one), 0);
  if (wanted === 0) return prepared;
  const { granted, waitMs } = await pace.takeMore(wanted);
  let left = granted;
  return prepared.map((one) => {
    const more = moreFor(one);
    if (more <= left) {
      left -= more;
      return one;
    }
    const detail = 'the provider takes no more at the moment';
    return { kind: 'unavailable', code: 'limit', detail, retryInMs: waitMs };
  });
}

export function userIdOf(chunk: LoadedChunk, ordinal: number): string {
  const userId = chunk.userIds[ordinal - chunk.from];
  if (userId === undefined) throw new RangeError(`recipient ${ordinal} is not of this chunk`);
  return userId;
}

interface Addressee {
  readonly ordinal: number;
  readonly userId: string;
  readonly nowMs: number;
}

function prepareMessage(
  { row, contacts, render, keyRounds, from, fields }: LoadedChunk,
  kind: ChannelKind,
  { ordinal, userId, nowMs }: Addressee,
): Prepared {
  const contact = contacts[ordinal - from];
  if (contact === undefined) {
    return { kind: 'skipped', code: 'unknown_person', detail: 'nobody of this id is known' };
  }
  const retryInMs = msUntilLocalTime(row, contact, nowMs);
  if (retryInMs > 0) {
    return { kind: 'unavailable', code: 'local_time', detail: 'it is not time yet', retryInMs };
  }
  const own = fields?.[ordinal - from];
  if (own?.problem !== undefined) {
    return { kind: 'rejected', code: RENDER_FAILED, detail: own.problem };
  }
  try {
    const content = render(kind, contact, own?.values);
    const { batch_id: batchId, template_code: type } = row;
    const again = keyRounds.size === 0 ? undefined : keyRounds.get(keyRoundName(kind, ordinal));
    return new KeyedMessage({ batchId, type, contact, content }, `${kind}/${userId}/${again ?? 1}`);
  } catch (err) {
    const detail = err instanceof Error ? err.message : String(err);
    return { kind: 'rejected', code: RENDER_FAILED, detail };
  }
}

/** Its key is made when a channel asks for it: not every provider takes one. */
class KeyedMessage implements OutgoingMessage {
  readonly batchId: string;
  readonly type: string;
  readonly contact: Contact;
  readonly content: RenderedMessage;
  readonly #name: string;
  #key: string | undefined;

  constructor(
    message: Omit<OutgoingMessage, 'key'> & { readonly batchId: string },
    nameOfKey: string,
  ) {
    this.batchId = message.batchId;
    this.type = message.type;
    this.contact = message.contact;
    this.content = message.content;
    this.#name = nameOfKey;
  }

  /** Tells the same message's repeats apart from another's, for ever (RFC 9562 §5.5). */
  get key(): string {
    this.#key ??= namedId(this.batchId, this.#name);
    return this.#key;
  }
}

/** The message's fault, not the person's. */
export const RENDER_FAILED = 'render_failed';

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
