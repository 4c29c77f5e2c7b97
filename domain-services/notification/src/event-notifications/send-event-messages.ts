import { type Selectable, sql } from '@cloudphone/postgres';
import type { Channel, Outcome, OutgoingMessage } from '../channels/channel.ts';
import { type Contact, findContacts } from '../contacts/find-contacts.ts';
import type { EventMessageTable } from '../schema.ts';
import { findSettings } from '../settings/find-settings.ts';
import { findValueIssues } from '../templates/check-values.ts';
import { type ClaimedMessage, claimMessages } from './claim-messages.ts';
import type { EventSending } from './event-sending.ts';

type Row = Selectable<EventMessageTable>;

const GROUP_SIZE = 20;
/** Longer than any channel's time for one message. */
const LEASE_MS = 30_000;
const MAX_ATTEMPTS = 3;
const FIRST_RETRY_MS = 2_000;
/** What could not leave in that time is no news any more. */
const MAX_AGE_MS = 3 * 86_400_000;

/**
 * Sends what is due of a lane, a group at a time, and answers how many were taken. Any number of
 * processes may: each message is claimed by one. One that a dead process had begun is sent again where
 * its channel can tell a repeat, and is unknown where it cannot.
 */
export async function sendEventMessages(sending: EventSending, lane: Row['lane']): Promise<number> {
  const { db, clock } = sending;
  const leaseEndMs = clock.monotonicMs() + LEASE_MS;
  const claimed = await claimMessages(db, {
    ...{ lane, limit: GROUP_SIZE, nowMs: clock.now() },
    leaseMs: LEASE_MS,
  });
  await Promise.all(
    claimed.map(async (message) => {
      const mayBegin = (channel: Channel) =>
        clock.monotonicMs() + channel.sendTimeoutMs < leaseEndMs;
      const outcome = await sendOne(sending, message, mayBegin);
      sending.onOutcome({ type: message.template_code, channel: message.channel }, outcome.kind);
      await record(sending, message, outcome);
    }),
  );
  return claimed.length;
}

async function sendOne(
  sending: EventSending,
  message: ClaimedMessage,
  mayBegin: (channel: Channel) => boolean,
): Promise<Outcome> {
  const channel = sending.channels[message.channel];
  if (channel === undefined) return skipped('no_channel', 'this installation has no such channel');
  if (message.was_claimed && !channel.isRepeatable) {
    return {
      kind: 'unknown',
      code: 'claim_expired',
      detail: 'a process ended while it was sending',
    };
  }
  const prepared = await prepareSafely(sending, message);
  if ('kind' in prepared) return prepared;
  const [outcome] = await channel.send([prepared], () => mayBegin(channel));
  if (outcome === undefined) throw new Error(`${channel.kind} answered for too few messages`);
  if (outcome.kind === 'rejected') {
    const { code, detail } = outcome;
    const { contact } = prepared;
    const { userId } = contact;
    await sending.ports.suppress([{ userId, contact, channel: channel.kind, code, detail }]);
  }
  return outcome;
}

/** Before anything is begun: whatever fails here may be tried again, and costs no attempt. */
async function prepareSafely(
  sending: EventSending,
  message: ClaimedMessage,
): Promise<OutgoingMessage | Outcome> {
  try {
    return await prepareUnlessWithheld(sending, message);
  } catch (err) {
    const detail = err instanceof Error ? err.message : String(err);
    return { kind: 'unavailable', code: 'not_prepared', detail, retryInMs: FIRST_RETRY_MS };
  }
}

async function prepareUnlessWithheld(
  sending: EventSending,
  message: ClaimedMessage,
): Promise<OutgoingMessage | Outcome> {
  if (message.created_at.getTime() < sending.clock.now() - MAX_AGE_MS) {
    return skipped('too_old', 'it waited too long');
  }
  const { user_id: userId } = message;
  const contact = (await findContacts(sending.db, [userId])).get(userId);
  if (contact === undefined) return skipped('unknown_person', 'nobody of this id is known');
  const withheld = await sending.ports.mayStillSend([contact], {
    batchId: message.event_id,
    channel: message.channel,
    priority: message.lane === 'urgent' ? 'urgent' : 'high',
    templateCode: message.template_code,
    nowMs: sending.clock.now(),
  });
  const reason = withheld.get(userId);
  if (reason !== undefined) return reason;
  return prepare(sending, message, contact);
}

async function prepare(
  { db, templates, completeValues }: EventSending,
  message: ClaimedMessage,
  contact: Contact,
): Promise<OutgoingMessage | Outcome> {
  const { template_id: id, template_version: version, template_code: type } = message;
  const compiled = await templates.find(db, { id, version });
  if (compiled === undefined) return skipped('no_template', 'there is no such template');
  const values = await completeValues(type, message.values);
  if (values === undefined) return skipped('over', 'what it told of is over');
  const issues = findValueIssues(compiled.variables, values);
  if (issues.length > 0) {
    const detail = issues.map((issue) => `${issue.path} ${issue.message}`).join(', ');
    return { kind: 'rejected', code: 'values_missing', detail };
  }
  try {
    const { defaultLocale: fallbackLocale } = await findSettings(db);
    const all = { ...values, userName: contact.name, userEmail: contact.email ?? '' };
    const content = compiled.template.render(all, { ...contact, fallbackLocale });
    return { key: message.id, batchId: null, type, contact, content };
  } catch (err) {
    const detail = err instanceof Error ? err.message : String(err);
    return { kind: 'rejected', code: 'render_failed', detail };
  }
}

const skipped = (code: string, detail: string): Outcome => ({ kind: 'skipped', code, detail });

/** Whoever lost the claim meanwhile changes nothing. */
async function record(
  { db, clock }: EventSending,
  message: ClaimedMessage,
  outcome: Outcome,
): Promise<void> {
  const { kind } = outcome;
  if (kind === 'sent' || kind === 'skipped') {
    await db
      .deleteFrom('event_messages')
      .where('id', '=', message.id)
      .where('claimed_until', '=', message.claimed_until)
      .execute();
    return;
  }
  const error = `${outcome.code}: ${outcome.detail}`.slice(0, 500);
  const isLast = kind === 'retry' && message.attempts >= MAX_ATTEMPTS;
  const isOver = kind === 'rejected' || kind === 'unknown' || isLast;
  const changes = isOver
    ? {
        state: kind === 'unknown' ? ('unknown' as const) : ('failed' as const),
        // What it would have said is nobody's business any more.
        values: sql<Row['values']>`'{}'::jsonb`,
      }
    : {
        due_at: new Date(clock.now() + waitMsOf(outcome, message.attempts)),
        attempts: kind === 'unavailable' ? message.attempts - 1 : message.attempts,
      };
  await db
    .updateTable('event_messages')
    .set({ ...changes, error, claimed_until: null })
    .where('id', '=', message.id)
    .where('claimed_until', '=', message.claimed_until)
    .execute();
}

/** Doubles, with jitter, unless the provider has said when. */
function waitMsOf(outcome: Outcome, attempt: number): number {
  const asked = 'retryInMs' in outcome ? outcome.retryInMs : undefined;
  return asked ?? FIRST_RETRY_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
}
