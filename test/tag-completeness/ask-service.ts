import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { HEADERS, type Identity } from '@cloudphone/contracts';
import { signClaims } from '@cloudphone/runtime';
import type { Operation } from './operations.ts';

/** What a service said. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Undefined when none is known: then nobody may keep it. */
  readonly tags: readonly string[] | undefined;
  /** Epoch ms at which time alone changes it. */
  readonly untilMs: number | undefined;
}

export interface Request {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
  /** With parameters filled in, and the query. */
  readonly url: string;
  readonly body?: unknown;
  readonly ifMatch?: string;
}

export const SECRET = 'tag-completeness-secret';
const ANSWER_WITHIN_MS = 300_000;

/** A run asks hundreds of thousands of questions: fetch would cost more than the services. */
const keptOpen = new Agent({ keepAlive: true });

export async function askService(
  serviceUrl: string,
  request: Request,
  identity: Identity,
): Promise<Answer> {
  const { operation, url, body, ifMatch } = request;
  const headers = {
    [HEADERS.internalIdentity]: signed(identity),
    'content-type': operation.bodyMedia ?? 'application/json',
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
  };
  const sent = typeof body === 'string' ? body : JSON.stringify(body);
  const asked = { url: `${serviceUrl}${url}`, method: operation.method, headers, body: sent };
  const response = await exchange(asked, keptOpen).catch((err: NodeJS.ErrnoException) => {
    // A service ends idle connections, perhaps just as one is used. What is written twice then is as
    // good as written once: its events must tell of it.
    if (err.code !== 'ECONNRESET' && err.code !== 'EPIPE') throw err;
    return exchange(asked, false);
  });
  const until = headerOf(response.headers, HEADERS.cacheUntil);
  return {
    status: response.status,
    text: response.text,
    tags: tagsOf(request, response),
    untilMs: until === undefined ? undefined : Date.parse(until),
  };
}

interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** `false`: over a connection of its own. */
async function exchange(
  { url, method, headers, body }: Asked,
  agent: Agent | false,
): Promise<Response> {
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const outgoing = send(url, {
    ...{ agent, method, timeout: ANSWER_WITHIN_MS },
    headers: { ...headers, 'content-length': length },
  });
  // Whoever waits hears of the first; a connection may report its end once more.
  outgoing.on('error', () => undefined);
  outgoing.once('timeout', () => outgoing.destroy(new Error(`${url} did not answer`)));
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { statusCode: status = 0, headers: answered } = incoming;
  return { status, headers: answered, text: await textOf(incoming) };
}

const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined =>
  headers[name.toLowerCase()]?.toString();

/** Those that it names; of one that names none, those that its call is known to depend on. */
function tagsOf({ operation, params, url }: Request, { headers, status }: Response) {
  const named = headerOf(headers, HEADERS.cacheTags);
  if (named !== undefined) return named.split(', ').map((tag) => tag.split(';')[0] ?? '');
  if (operation.method !== 'GET' || (status !== 200 && status !== 404)) return undefined;
  const { searchParams } = new URL(url, 'http://service');
  const known = operation.knownTags({ ...params }, searchParams);
  return known.length > 0 ? known : undefined;
}

const SIGNED_FOR_MS = 600_000;
const signatures = new Map<string, { readonly text: string; readonly atMs: number }>();

/** One signature does for many requests: making it costs more than asking. */
function signed(identity: Identity): string {
  const nowMs = Date.now();
  const kept = signatures.get(identity.userId);
  if (kept !== undefined && nowMs - kept.atMs < SIGNED_FOR_MS / 2) return kept.text;
  const text = signClaims({ ...identity }, { secret: SECRET, ttlMs: SIGNED_FOR_MS, nowMs });
  signatures.set(identity.userId, { text, atMs: nowMs });
  return text;
}
