import { createTransport } from 'nodemailer';
import { NO_CONTACT } from './capture-channel.ts';
import { type Channel, OUT_OF_TIME, type Outcome, type OutgoingMessage } from './channel.ts';
import { readSmtpFailure } from './smtp-failures.ts';

const SEND_TIMEOUT_MS = 5_000;

/**
 * E-mail over SMTP, with pooled connections. SMTP cannot tell a repeat: the key goes along as
 * Message-ID, which some receivers fold duplicates by, but nothing is promised, so what is
 * ambiguous stays unknown.
 */
export function createSmtpChannel(options: {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  readonly url: string;
  /** `CloudPhone <no-reply@example.com>` */
  readonly sender: string;
  /** What people read as the sender, asked for each group; the name in `sender` unless given. */
  readonly senderName?: () => Promise<string>;
  /** Where its recipient ends such messages with one click; undefined: they cannot be ended. */
  readonly unsubscribeUrlOf?: (message: OutgoingMessage) => string | undefined;
  readonly perSecond?: number;
  readonly maxConnections?: number;
}): Channel {
  const transport = createTransport({
    ...connectionOf(options.url),
    pool: true,
    maxConnections: options.maxConnections ?? 4,
    connectionTimeout: SEND_TIMEOUT_MS,
    greetingTimeout: SEND_TIMEOUT_MS,
    socketTimeout: SEND_TIMEOUT_MS,
  });

  const sender = readSender(options.sender);

  const sendOne = async (
    message: OutgoingMessage,
    { mayBegin, senderName }: { mayBegin: () => boolean; senderName: string },
  ): Promise<Outcome> => {
    const { contact, content, key } = message;
    const unsubscribeUrl = options.unsubscribeUrlOf?.(message);
    if (contact.email === null) return NO_CONTACT;
    if (!mayBegin()) return OUT_OF_TIME;
    try {
      await transport.sendMail({
        from: { name: senderName, address: sender.address },
        // As an object: a name is never read as addresses.
        to: { name: contact.name, address: contact.email },
        subject: content.title,
        text: content.body,
        ...(content.emailHtml === undefined ? {} : { html: content.emailHtml }),
        ...(unsubscribeUrl === undefined ? {} : { headers: oneClickHeaders(unsubscribeUrl) }),
        messageId: `<${key}@cloudphone.notification>`,
        // What a template says is never a file or an address to fetch from.
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      return { kind: 'sent' };
    } catch (err) {
      return readSmtpFailure(err);
    }
  };

  return {
    kind: 'email',
    isRepeatable: false,
    provider: 'smtp',
    unit: 'messages',
    sendTimeoutMs: SEND_TIMEOUT_MS,
    ...(options.perSecond === undefined ? {} : { limit: { perSecond: options.perSecond } }),
    send: async (messages, mayBegin) => {
      const senderName = (await options.senderName?.()) ?? sender.name;
      const sendEach = messages.map((message) => sendOne(message, { mayBegin, senderName }));
      return Promise.all(sendEach);
    },
    close: async () => transport.close(),
  };
}

/** One click, without a page in between (RFC 8058 §3.1). */
function oneClickHeaders(url: string) {
  return {
    'List-Unsubscribe': `<${url}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
}

function readSender(text: string): { readonly name: string; readonly address: string } {
  const [, name = '', address = text] = /^(.*)<([^<>]+)>$/.exec(text.trim()) ?? [];
  return { name: name.trim(), address: address.trim() };
}

function connectionOf(text: string) {
  const url = new URL(text);
  const isSecure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  return {
    host: url.hostname,
    port: url.port === '' ? (isSecure ? 465 : 587) : Number(url.port),
    secure: isSecure,
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
  };
}
