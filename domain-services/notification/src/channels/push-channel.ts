import type { Kysely, Selectable } from '@cloudphone/postgres';
import { sql } from '@cloudphone/postgres';
import { type Clock, systemClock } from '@cloudphone/runtime';
import webPush from 'web-push';
import type { NotificationTables, PushSubscriptionTable } from '../schema.ts';
import { NO_CONTACT } from './capture-channel.ts';
import {
  type Channel,
  OUT_OF_TIME,
  type Outcome,
  type OutgoingMessage,
  UNSTATED_LIMIT,
} from './channel.ts';
import { AWAY_MS, readHttpFailure, readRetryAfterMs } from './http-failures.ts';
import { isPushEndpoint, type PushHosts } from './push-endpoints.ts';

const SEND_TIMEOUT_MS = 5_000;
/** How long a push service keeps a message for a browser that is not there. */
const TTL_SECONDS = 86_400;
/** Push services take 4,096 bytes after encryption; a text is cut long before. */
const MAX_TEXT_LENGTH = 800;

export interface PushKeys {
  readonly publicKey: string;
  readonly privateKey: string;
  /** `mailto:` or `https:`: whom push services turn to. */
  readonly subject: string;
}

type Subscription = Selectable<PushSubscriptionTable>;

/**
 * Web Push (RFC 8030, 8291, 8292) to each browser of a person. Sent when one of them was reached; a
 * browser that is gone (404, 410) is forgotten. A repeat replaces the first, where it still waits
 * (`Topic`) and where it is shown (`tag`), but that is no promise of the push service.
 */
export function createPushChannel(options: {
  readonly keys: PushKeys;
  readonly hosts: PushHosts;
  readonly db: Kysely<NotificationTables>;
  readonly clock?: Clock;
  readonly perSecond?: number;
}): Channel {
  const { keys, db, hosts, clock = systemClock } = options;

  const sendTo = async (to: Subscription, message: OutgoingMessage): Promise<Outcome> => {
    if (!isPushEndpoint(to.endpoint, hosts)) return gone('its endpoint is not allowed');
    try {
      const request = webPush.generateRequestDetails(
        { endpoint: to.endpoint, keys: { p256dh: to.p256dh, auth: to.auth } },
        payloadOf(message),
        {
          TTL: TTL_SECONDS,
          contentEncoding: 'aes128gcm',
          topic: message.key.replaceAll('-', ''),
          vapidDetails: keys,
        },
      );
      const answer = await fetch(request.endpoint, {
        method: 'POST',
        headers: withoutLength(request.headers),
        body: new Uint8Array(request.body ?? Buffer.alloc(0)),
        redirect: 'error',
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      });
      return readAnswer(answer.status, {
        detail: (await answer.text()).slice(0, 300),
        retryInMs: readRetryAfterMs(answer.headers.get('retry-after'), clock.now()),
      });
    } catch (err) {
      return readHttpFailure(err, 'push');
    }
  };

  const sendOne = async (
    message: OutgoingMessage,
    browsers: readonly Subscription[],
    mayBegin: () => boolean,
  ): Promise<Outcome> => {
    if (browsers.length === 0) return NO_CONTACT;
    if (!mayBegin()) return OUT_OF_TIME;
    const outcomes = await Promise.all(browsers.map((browser) => sendTo(browser, message)));
    const dead = browsers.filter((_, index) => isGone(outcomes[index]));
    if (dead.length > 0) await forget(db, dead);
    return bestOf(outcomes.filter((outcome) => !isGone(outcome)));
  };

  return {
    kind: 'push',
    isRepeatable: false,
    provider: 'web-push',
    unit: 'messages',
    sendTimeoutMs: SEND_TIMEOUT_MS,
    limit: { perSecond: options.perSecond ?? UNSTATED_LIMIT },
    send: async (messages, mayBegin) => {
      if (messages.length === 0) return [];
      const browsers = await findBrowsers(db, messages);
      const sendEach = messages.map((message) =>
        sendOne(message, browsers.get(message.contact.userId) ?? [], mayBegin),
      );
      return Promise.all(sendEach);
    },
    close: async () => undefined,
  };
}

const GONE = 'push_gone';
const gone = (detail: string): Outcome => ({ kind: 'rejected', code: GONE, detail });
const isGone = (outcome: Outcome | undefined) =>
  outcome?.kind === 'rejected' && outcome.code === GONE;

function readAnswer(
  status: number,
  { detail, retryInMs }: { readonly detail: string; readonly retryInMs: number | undefined },
): Outcome {
  const code = `push_${status}`;
  if (status >= 200 && status < 300) return { kind: 'sent' };
  if (status === 404 || status === 410) return gone(detail);
  if (status === 429) {
    return {
      ...({ kind: 'unavailable', code, detail, because: 'too-many' } as const),
      retryInMs: retryInMs ?? AWAY_MS,
    };
  }
  // Our keys are refused: nobody's browser is to blame.
  if (status === 401 || status === 403) {
    return {
      ...({ kind: 'unavailable', code, detail, because: 'provider-away' } as const),
      retryInMs: retryInMs ?? AWAY_MS,
    };
  }
  if (status >= 500) {
    return { kind: 'retry', code, detail, ...(retryInMs === undefined ? {} : { retryInMs }) };
  }
  return { kind: 'rejected', code, detail };
}

/** One browser reached is a person reached; else what promises most. */
function bestOf(outcomes: readonly Outcome[]): Outcome {
  const order: readonly Outcome['kind'][] = ['sent', 'unknown', 'retry', 'unavailable', 'rejected'];
  for (const kind of order) {
    const found = outcomes.find((outcome) => outcome.kind === kind);
    if (found !== undefined) return found;
  }
  return NO_CONTACT;
}

function payloadOf({ key, type, content }: OutgoingMessage): string {
  const body = content.pushText ?? content.body;
  return JSON.stringify({
    id: key,
    type,
    tag: key,
    title: content.title.slice(0, MAX_TEXT_LENGTH / 4),
    body: body.slice(0, MAX_TEXT_LENGTH),
  });
}

/** fetch counts the bytes itself. */
function withoutLength(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-length');
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

async function findBrowsers(db: Kysely<NotificationTables>, messages: readonly OutgoingMessage[]) {
  const userIds = messages.map(({ contact }) => contact.userId);
  const rows = await db
    .selectFrom('push_subscriptions')
    .selectAll()
    .where('user_id', '=', sql<string>`any(${userIds}::uuid[])`)
    .execute();
  const byPerson = new Map<string, Subscription[]>();
  for (const row of rows) {
    byPerson.set(row.user_id, [...(byPerson.get(row.user_id) ?? []), row]);
  }
  return byPerson;
}

async function forget(
  db: Kysely<NotificationTables>,
  browsers: readonly Subscription[],
): Promise<void> {
  const ids = browsers.map(({ id }) => id);
  await db
    .deleteFrom('push_subscriptions')
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
}
