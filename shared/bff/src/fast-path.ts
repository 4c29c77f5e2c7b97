import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  HEADERS,
  type Identity,
  type Position,
  parseConsistencyToken,
} from '@cloudphone/contracts';
import type { RateLimiter } from '@cloudphone/http';
import type { ServiceClients } from '@cloudphone/service-clients';
import { keyOf, type ViewAnswer, type ViewCache, type ViewKey } from '@cloudphone/view-cache';
import { createPathTable } from './path-table.ts';
import { type Audience, scopeOf } from './scope-of.ts';
import { BODY_TYPE, viewHeaderList } from './view-headers.ts';
import type { ViewRoute } from './view-route.ts';

interface FastPathOptions {
  readonly routes: readonly ViewRoute[];
  readonly cache: Pick<ViewCache<ServiceClients>, 'peek'>;
  readonly audience: Audience;
  /** Who asks, if this process has verified it before. */
  readonly peekIdentity: (req: IncomingMessage) => Identity | undefined;
  readonly limiter: RateLimiter;
}

/** An address that was asked for before: which view, and its key for each person who asked. */
interface KnownAddress {
  readonly route: ViewRoute;
  readonly params: Readonly<Record<string, string>>;
  readonly keys: WeakMap<Identity, ViewKey>;
}

const MAX_ADDRESSES = 20_000;
const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;
const SEVERAL_ETAGS = /[,*]|^W\//;
/**
 * Serves a view that is in memory, valid now, to a person whose log-in was verified before, and
 * returns true; or touches nothing and returns false, and Express does the same at its length.
 * Order as there: who, may they, not too often, then the bytes. Costs no I/O and no parsing.
 */
export function createFastPath(options: FastPathOptions) {
  const { cache, audience, peekIdentity, limiter } = options;
  const table = createPathTable(
    options.routes.map((route) => ({ path: route.path, entry: route })),
  );
  const addresses = new Map<string, KnownAddress | undefined>();
  let fixedHeaders: readonly string[] | undefined;

  const addressOf = (url: string): KnownAddress | undefined => {
    if (addresses.has(url)) return addresses.get(url);
    if (addresses.size >= MAX_ADDRESSES) addresses.clear();
    const address = readAddress(url, table);
    addresses.set(url, address);
    return address;
  };

  return (
    req: IncomingMessage,
    res: ServerResponse,
    securityHeaders: Readonly<Record<string, string>>,
  ): boolean => {
    if (req.method !== 'GET' || req.url === undefined) return false;
    const { headers } = req;
    if (headers.range !== undefined) return false;
    const address = addressOf(req.url);
    const identity = address && peekIdentity(req);
    if (identity === undefined || address === undefined) return false;
    const { access, view } = address.route;
    if (access.kind === 'permission' && !identity.permissions.includes(access.permission)) {
      return false;
    }
    const key = keyFor(address, identity, audience);
    const token = positionIn(headers[HEADERS.consistencyToken]);
    const answer = key && token !== 'unclear' ? cache.peek(view, key, token) : undefined;
    const caller = callerOf(req);
    if (answer === undefined || caller === undefined) return false;
    const ifNoneMatch = headers['if-none-match'];
    if (ifNoneMatch !== undefined && SEVERAL_ETAGS.test(ifNoneMatch)) return false;

    const byAddress = limiter.take('address', caller);
    const byPerson = limiter.take('person', identity.userId);
    if (!byAddress.isAllowed || !byPerson.isAllowed) return false;
    fixedHeaders ??= Object.entries(securityHeaders).flat();
    const head = viewHeaderList(answer);
    addLimits(head, byAddress, byPerson);
    for (const item of fixedHeaders) head.push(item);
    write(res, answer, head, ifNoneMatch);
    return true;
  };
}

/** What a caller was told already. What is no position is for Express to wait for or to refuse. */
function positionIn(header: string | string[] | undefined): Position | undefined | 'unclear' {
  if (header === undefined) return undefined;
  const token = typeof header === 'string' ? parseConsistencyToken(header) : undefined;
  return token?.kind === 'position' ? token.position : 'unclear';
}

/** Who is limited: as Express says with loopback proxies believed; undefined for a chain of them. */
function callerOf({ headers, socket }: IncomingMessage): string | undefined {
  const { remoteAddress } = socket;
  const forwarded = headers['x-forwarded-for'];
  if (forwarded === undefined || !LOOPBACK.test(remoteAddress ?? '')) return remoteAddress;
  return typeof forwarded === 'string' && !forwarded.includes(',') ? forwarded : undefined;
}

function readAddress(
  url: string,
  table: ReturnType<typeof createPathTable<ViewRoute>>,
): KnownAddress | undefined {
  const [path = '', query] = url.split('?', 2);
  const found = table.find(path);
  if (found === undefined) return undefined;
  const { entry: route, params } = found;
  const members = [...new URLSearchParams(query), ...Object.entries(params)];
  const asked = Object.fromEntries(members);
  // What is given twice is for Express to refuse, not for the last one to win.
  if (Object.keys(asked).length < members.length) return undefined;
  return { route, params: asked, keys: new WeakMap() };
}

/** Undefined when the parameters do not fit: Express says what is wrong with them. */
function keyFor(
  address: KnownAddress,
  identity: Identity,
  audience: Audience,
): ViewKey | undefined {
  const known = address.keys.get(identity);
  if (known !== undefined) return known;
  const { view } = address.route;
  if (!view.params.safeParse(address.params).success) return undefined;
  const key = keyOf(view, address.params, scopeOf(audience, identity));
  address.keys.set(identity, key);
  return key;
}

type Decision = ReturnType<RateLimiter['take']>;

/** As Express's side writes them: one field each, an item for each limit. */
function addLimits(head: string[], address: Decision, person: Decision): void {
  head.push('ratelimit-policy', `${policyOf(address)}, ${policyOf(person)}`);
  head.push('ratelimit', `${stateOf(address)}, ${stateOf(person)}`);
}

const policyOf = ({ by, limit, windowSeconds }: Decision): string =>
  `"${by}";q=${limit};w=${windowSeconds}`;

const stateOf = ({ by, remaining, resetSeconds }: Decision): string =>
  `"${by}";r=${remaining};t=${resetSeconds}`;

function write(
  res: ServerResponse,
  answer: ViewAnswer,
  head: string[],
  ifNoneMatch: string | undefined,
): void {
  if (ifNoneMatch === answer.etag) {
    res.writeHead(304, head);
    res.end();
    return;
  }
  head.push('content-type', BODY_TYPE, 'content-length', String(answer.body.length));
  res.writeHead(200, head);
  res.end(answer.body);
}
