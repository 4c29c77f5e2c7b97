import type { Identity } from '@cloudphone/contracts';
import type { Request } from './ask-service.ts';
import type { Cast, Row } from './cast.ts';
import type { Operation } from './operations.ts';

interface Kind {
  readonly what: string;
  readonly path: RegExp;
  /** The member that tells one from another; `id` unless told. */
  readonly by?: string;
  /** What of that member it is called by; the member itself unless told. */
  readonly read?: (member: string) => string | undefined;
}

/** What an answer shows, by the path that was asked. */
const KINDS: readonly Kind[] = [
  { what: 'userId', path: /^\/users(\/:userId(\/(roles|suspend|reactivate))?)?$/ },
  { what: 'quota', path: /^\/quotas/, by: 'userId' },
  { what: 'deviceId', path: /^\/devices(\/:deviceId(\/(start|stop|restart|transfer))?)?$/ },
  { what: 'nodeName', path: /^\/nodes/, by: 'name' },
  { what: 'appId', path: /^\/apps/ },
  { what: 'installationId', path: /^\/installations/ },
  { what: 'planId', path: /^\/plans/ },
  { what: 'orderId', path: /^\/orders/ },
  { what: 'balance', path: /^\/balances/, by: 'userId' },
  { what: 'refundId', path: /^\/refunds/ },
  { what: 'templateId', path: /^\/templates/ },
  { what: 'notificationId', path: /^\/users\/:userId\/notifications/ },
  { what: 'preferences', path: /^\/users\/:userId\/preferences/, by: 'userId' },
  {
    what: 'batchId',
    path: /^\/notifications\/bulk(\/:batchId(\/(approve|pause|resume|cancel|dead.*|unknown.*))?)?$/,
    by: 'batchId',
  },
  { what: 'scheduleId', path: /^\/notifications\/schedules/ },
  { what: 'segmentId', path: /^\/notifications\/segments/ },
  { what: 'uploadId', path: /^\/notifications\/uploads/ },
  { what: 'suppressionId', path: /^\/suppressions/ },
  { what: 'settings', path: /^\/settings/, by: 'updatedAt', read: () => 'settings' },
  { what: 'eventId', path: /^\/dead-letters(\/:eventId)?$/, by: 'eventId' },
  {
    what: 'unsubscription',
    path: /^\/captured-messages/,
    by: 'unsubscribeUrl',
    read: (url) => url.split('/').at(-1),
  },
  { what: 'resetToken', path: /^\/captured-messages/, by: 'body', read: tokenInMail },
  { what: 'sessionId', path: /^\/auth\/login/, by: 'accessToken', read: sessionOf },
  { what: 'refreshToken', path: /^\/auth\/login/, by: 'refreshToken' },
  { what: 'twoFactorSecret', path: /^\/auth\/two-factor\/enrol/, by: 'secret' },
  { what: 'recoveryCode', path: /^\/auth\/two-factor\/enable/, by: 'recoveryCodes' },
];

const kindsOf = new Map<Operation, readonly Kind[]>();

function kindsShown(operation: Operation): readonly Kind[] {
  const known = kindsOf.get(operation);
  if (known !== undefined) return known;
  const { path, method } = operation;
  const kinds = method === 'DELETE' ? [] : KINDS.filter((kind) => kind.path.test(path));
  kindsOf.set(operation, kinds);
  return kinds;
}

/** The first, if there are several. */
export function kindShown(operation: Operation): Kind | undefined {
  return kindsShown(operation)[0];
}

/** People and devices join only when they are made: those of everybody would drown the program's. */
const JOINS_WHEN_MADE = new Set(['userId', 'deviceId']);
const FROM_READS = 2;

/** Learns from an answer what there is; what was just made is read and written, too. */
export function learnFrom(
  { operation }: Request,
  { text, asker }: { readonly text: string; readonly asker: Identity },
  cast: Cast,
): void {
  const kinds = kindsShown(operation);
  if (kinds.length === 0) return;
  const { items, nodes, ...own } = JSON.parse(text) as Record<string, unknown>;
  const { service } = operation;
  for (const row of (items ?? nodes ?? [own]) as readonly Row[]) {
    for (const kind of kinds) {
      const id = idOf(row, kind);
      if (id === undefined) continue;
      cast.see(kind.what, `${service} ${id}`, { ...row, id, service, askedBy: asker.userId });
      const isMade = operation.method !== 'GET';
      const isWanted = !JOINS_WHEN_MADE.has(kind.what) && cast.all(kind.what).length <= FROM_READS;
      if (isMade || isWanted) cast.note(kind.what, id);
    }
  }
}

function idOf(row: Row, { by = 'id', read = (member) => member }: Kind): string | undefined {
  const value = row[by];
  const member = Array.isArray(value) ? value[0] : value;
  return typeof member === 'string' ? read(member) : undefined;
}

function sessionOf(accessToken: string): string | undefined {
  const [, payload = ''] = accessToken.split('.');
  const { sid } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid?: string };
  return sid;
}

function tokenInMail(body: string): string | undefined {
  const found = /reset-password#([\w%.-]+)/.exec(body)?.[1];
  return found && decodeURIComponent(found);
}
