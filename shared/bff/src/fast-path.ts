import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Identity, type Position, parseConsistencyToken } from '@cloudphone/contracts';
import type { Allowance, AnswerAtOnce, LimitRule, RateLimiter } from '@cloudphone/http';
import { type Clock, systemClock } from '@cloudphone/runtime';
import type { ServiceClients } from '@cloudphone/service-clients';
import { keyOf, type ViewCache, type ViewKey } from '@cloudphone/view-cache';
import { type AskedHeaders, readAskedHeaders } from './asked-headers.ts';
import { createHitHeads } from './hit-heads.ts';
import { createPathTable } from './path-table.ts';
import { type Audience, scopeOf } from './scope-of.ts';
import type { ViewRoute } from './view-route.ts';

interface FastPathOptions {
  readonly routes: readonly ViewRoute[];
  readonly cache: Pick<ViewCache<ServiceClients>, 'peek'>;
  readonly audience: Audience;
  /** Who asks, if this process has verified it before. */
  readonly peekIdentity: (asked: AskedHeaders, nowMs: number) => Identity | undefined;
  readonly limiter: Pick<RateLimiter, 'allowanceOf' | 'rules'>;
  /** Those of every answer. */
  readonly securityHeaders: Readonly<Record<string, string>>;
  readonly answer: AnswerAtOnce;
  readonly clock?: Clock;
}

/** An address that was asked for before: which view, and what is known of each who asked. */
interface KnownAddress {
  readonly route: ViewRoute;
  readonly params: Readonly<Record<string, string>>;
  readonly callers: WeakMap<Identity, Caller>;
}

/** Somebody who may ask for it. */
interface Caller {
  readonly key: ViewKey;
  allowance: Allowance;
}

const MAX_ADDRESSES = 20_000;
const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;
const SEVERAL_ETAGS = /[,*]|^W\//;

/**
 * Serves a view that is in memory, valid now, to a person whose log-in was verified before, and
 * returns the pattern of its path; or touches nothing, counts nothing and returns undefined, and
 * Express does the same at its length. Order as there: who, may they, not too often, then the bytes.
 * Costs no I/O and no parsing.
 */
export function createFastPath(options: FastPathOptions) {
  const { cache, audience, peekIdentity, limiter, clock = systemClock } = options;
  const table = createPathTable(
    options.routes.map((route) => ({ path: route.path, entry: route })),
  );
  const addresses = new Map<string, KnownAddress | null>();
  const { person, address: remote } = limiter.rules;
  const headOf = createHitHeads({
    fixedHeaders: options.securityHeaders,
    limitPolicy: `${policyOf(remote)}, ${policyOf(person)}`,
  });
  let lastRemote: { readonly address: string; readonly allowance: Allowance } | undefined;

  const addressOf = (url: string): KnownAddress | null => {
    const known = addresses.get(url);
    if (known !== undefined) return known;
    if (addresses.size >= MAX_ADDRESSES) addresses.clear();
    const address = readAddress(url, table);
    addresses.set(url, address);
    return address;
  };
  /** Hits come in rows from one proxy, or from one browser. */
  const allowanceOfRemote = (from: string): Allowance => {
    if (lastRemote?.address !== from || lastRemote.allowance.isForgotten) {
      lastRemote = { address: from, allowance: limiter.allowanceOf('address', from) };
    }
    return lastRemote.allowance;
  };
  const callerAt = (address: KnownAddress, identity: Identity): Caller | undefined => {
    const known = address.callers.get(identity);
    if (known !== undefined && !known.allowance.isForgotten) return known;
    const key = known?.key ?? keyFor(address, identity, audience);
    if (key === undefined) return undefined;
    const caller = { key, allowance: limiter.allowanceOf('person', identity.userId) };
    address.callers.set(identity, caller);
    return caller;
  };

  return (req: IncomingMessage, res: ServerResponse): string | undefined => {
    if (req.method !== 'GET' || req.url === undefined) return undefined;
    const address = addressOf(req.url);
    if (address === null) return undefined;
    const asked = readAskedHeaders(req);
    if (asked === undefined || asked.range !== undefined) return undefined;
    const nowMs = clock.now();
    const identity = peekIdentity(asked, nowMs);
    const caller = identity && callerAt(address, identity);
    const token = positionIn(asked.consistencyToken);
    const from = remoteOf(asked);
    if (caller === undefined || token === 'unclear' || from === undefined) return undefined;
    const answer = cache.peek(address.route.view, caller.key, token);
    if (answer === undefined) return undefined;
    const { ifNoneMatch } = asked;
    if (ifNoneMatch !== undefined && SEVERAL_ETAGS.test(ifNoneMatch)) return undefined;

    const { allowance } = caller;
    const ofRemote = allowanceOfRemote(from);
    if (!ofRemote.isOpen(nowMs) || !allowance.isOpen(nowMs)) return undefined;
    ofRemote.take(nowMs);
    allowance.take(nowMs);
    const value = `${stateOf(ofRemote, nowMs)}, ${stateOf(allowance, nowMs)}`;
    const isKnown = ifNoneMatch === answer.etag;
    const head = headOf(answer, { nowMs: clock.monotonicMs(), isKnown });
    options.answer(res, isKnown ? { head, value } : { head, value, body: answer.body });
    return address.route.path;
  };
}

/** What a caller was told already. What is no position is for Express to wait for or to refuse. */
function positionIn(header: string | undefined): Position | undefined | 'unclear' {
  if (header === undefined) return undefined;
  const token = parseConsistencyToken(header);
  return token?.kind === 'position' ? token.position : 'unclear';
}

/** Who is limited: as Express says with loopback proxies believed; undefined for a chain of them. */
function remoteOf({ forwardedFor, socket }: AskedHeaders): string | undefined {
  const { remoteAddress } = socket;
  if (forwardedFor === undefined || !LOOPBACK.test(remoteAddress ?? '')) return remoteAddress;
  return forwardedFor.includes(',') ? undefined : forwardedFor;
}

function readAddress(
  url: string,
  table: ReturnType<typeof createPathTable<ViewRoute>>,
): KnownAddress | null {
  const [path = '', query] = url.split('?', 2);
  const found = table.find(path);
  if (found === undefined) return null;
  const { entry: route, params } = found;
  const members = [...new URLSearchParams(query), ...Object.entries(params)];
  const asked = Object.fromEntries(members);
  // What is given twice is for Express to refuse, not for the last one to win.
  if (Object.keys(asked).length < members.length) return null;
  return { route, params: asked, callers: new WeakMap() };
}

/** Undefined when they may not ask, or the parameters do not fit: Express says what is wrong. */
function keyFor(
  { route: { access, view }, params }: KnownAddress,
  identity: Identity,
  audience: Audience,
): ViewKey | undefined {
  if (access.kind === 'permission' && !identity.permissions.includes(access.permission)) {
    return undefined;
  }
  if (!view.params.safeParse(params).success) return undefined;
  return keyOf(view, params, scopeOf(audience, identity));
}

/** As Express's side writes them: one field each, an item for each limit. */
const policyOf = ({ by, limit, windowMs }: LimitRule): string =>
  `"${by}";q=${limit};w=${windowMs / 1_000}`;

const stateOf = (allowance: Allowance, nowMs: number): string =>
  `"${allowance.rule.by}";r=${allowance.remaining};t=${allowance.resetSeconds(nowMs)}`;
