import { systemClock } from '@cloudphone/runtime';
import { NO_CONTACT } from './capture-channel.ts';
import {
  type Channel,
  OUT_OF_TIME,
  type Outcome,
  type OutgoingMessage,
  UNSTATED_LIMIT,
} from './channel.ts';
import { AWAY_MS, readHttpFailure, readRetryAfterMs } from './http-failures.ts';
import { measureSms } from './sms-segments.ts';

const SEND_TIMEOUT_MS = 5_000;
const MAX_SEGMENTS = 10;
const MAX_DETAIL_LENGTH = 300;

/** Answers about the number, not about us (as Twilio numbers them). */
const ABOUT_RECIPIENT = new Set([21211, 21214, 21217, 21407, 21408, 21610, 21612, 21614]);

/**
 * Text messages through an HTTP gateway with Twilio's face: a form POST of `To`, `From` and `Body` to
 * `<url>/Messages.json`, answered with 201, or with `{ code, message }`. The account is the user and
 * password of the URL. Every request carries `Idempotency-Key`; whether the gateway tells repeats by
 * it is said by `takesKey`, because nothing in the answer does.
 */
export function createSmsChannel(options: {
  /** `https://account:token@sms.example/2010-04-01/Accounts/account` */
  readonly url: string;
  /** The number or name that messages come from. */
  readonly sender: string;
  readonly takesKey: boolean;
  /** Segments. */
  readonly perSecond?: number;
}): Channel {
  const { endpoint, authorization } = readAddress(options.url);

  const sendOne = async (message: OutgoingMessage, mayBegin: () => boolean): Promise<Outcome> => {
    const { contact, key } = message;
    if (contact.phone === null) return NO_CONTACT;
    const text = textOf(message);
    const { segments } = measureSms(text);
    if (segments > MAX_SEGMENTS) {
      const detail = `${segments} segments; ${MAX_SEGMENTS} are allowed`;
      return { kind: 'rejected', code: 'sms_too_long', detail };
    }
    if (!mayBegin()) return OUT_OF_TIME;
    try {
      const answer = await fetch(endpoint, {
        method: 'POST',
        headers: { 'idempotency-key': key, ...authorization },
        body: new URLSearchParams({ To: contact.phone, From: options.sender, Body: text }),
        redirect: 'error',
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      });
      return await readAnswer(answer, options);
    } catch (err) {
      return readHttpFailure(err, 'sms');
    }
  };

  return {
    kind: 'sms',
    isRepeatable: options.takesKey,
    provider: endpoint.host,
    unit: 'segments',
    unitsOf: (message) => measureSms(textOf(message)).segments,
    sendTimeoutMs: SEND_TIMEOUT_MS,
    limit: { perSecond: options.perSecond ?? UNSTATED_LIMIT, maxUnits: MAX_SEGMENTS },
    send: (messages, mayBegin) =>
      Promise.all(messages.map((message) => sendOne(message, mayBegin))),
    close: async () => undefined,
  };
}

function textOf({ content }: OutgoingMessage): string {
  return content.smsText ?? content.body;
}

async function readAnswer(
  answer: Response,
  { takesKey }: { readonly takesKey: boolean },
): Promise<Outcome> {
  const text = (await answer.text()).slice(0, 10_000);
  if (answer.ok) return { kind: 'sent' };
  const detail = text.slice(0, MAX_DETAIL_LENGTH);
  const { status } = answer;
  const asked = readRetryAfterMs(answer.headers.get('retry-after'), systemClock.now());
  const code = `sms_${providerCodeOf(text) ?? status}`;
  if (status === 429) {
    const retryInMs = asked ?? AWAY_MS;
    return { kind: 'unavailable', code, detail, retryInMs, because: 'too-many' };
  }
  // Our account is refused, or the gateway takes nothing at the moment: no recipient's fault.
  if ([401, 402, 403, 404, 503].includes(status)) {
    const retryInMs = asked ?? AWAY_MS;
    return { kind: 'unavailable', code, detail, retryInMs, because: 'provider-away' };
  }
  if (status >= 500) {
    if (!takesKey) return { kind: 'unknown', code, detail };
    return { kind: 'retry', code, detail, ...(asked === undefined ? {} : { retryInMs: asked }) };
  }
  if (status === 408 || status === 425) return { kind: 'retry', code, detail };
  return { kind: 'rejected', code, detail };
}

/** Whether a refusal says that the number will never do. */
export function isDeadNumber(code: string): boolean {
  const [, number] = /^sms_(\d+)$/.exec(code) ?? [];
  return ABOUT_RECIPIENT.has(Number(number));
}

function providerCodeOf(text: string): number | undefined {
  try {
    const { code } = JSON.parse(text) as { code?: unknown };
    return typeof code === 'number' ? code : undefined;
  } catch {
    return undefined;
  }
}

function readAddress(text: string) {
  const url = new URL(text);
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  url.username = '';
  url.password = '';
  url.pathname = `${url.pathname.replace(/\/$/, '')}/Messages.json`;
  const token = Buffer.from(`${user}:${password}`).toString('base64');
  return {
    endpoint: url,
    authorization: user === '' ? {} : { authorization: `Basic ${token}` },
  };
}
