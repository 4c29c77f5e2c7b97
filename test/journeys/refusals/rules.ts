import { type Permission, permissionsOf, type Role } from '@cloudphone/contracts';
import type { Question } from './ask.ts';
import {
  ANSWERS_ABSENCE,
  BODIES,
  BODY_LIMITS,
  IGNORES_BODY,
  MALFORMED,
  TEXT_TOO_LONG,
  UNKNOWN,
  WRONG_QUERY,
} from './examples.ts';
import { addressOf, mayHaveBody, methodsAt, type Operation } from './operations.ts';
import type { Refusal } from './refusal.ts';
import { bearer, forgeries } from './tokens.ts';

export interface Bff {
  readonly name: 'admin' | 'user';
  readonly url: string;
  readonly operations: readonly Operation[];
  /** Of somebody who may use every route. */
  readonly token: string;
}

/** Tokens of people whose roles are known. */
export type TokensByRole = Readonly<Partial<Record<Role, string>>>;

export interface Case {
  /** Over a request that is right but for the unknown ids in its path. */
  readonly asked: Partial<Question>;
  readonly expected: Refusal;
}

/** What bad requests a route has to refuse, and how. */
export type Rule = (operation: Operation, bff: Bff, tokens: TokensByRole) => readonly Case[];

const NOBODY = '00000000-0000-4000-8000-000000000000';
const JSON_TYPE = { 'content-type': 'application/json' };
const pathOf = (operation: Operation) => addressOf(operation, UNKNOWN);
/** With the members that it has to have, and those given instead or as well. */
const withQuery = (operation: Operation, ...members: string[]) => {
  const isGiven = (name: string) => members.some((member) => member.startsWith(`${name}=`));
  const needed = operation.requiredQuery
    .filter((name) => !isGiven(name))
    .map((name) => `${name}=${UNKNOWN[name]}`);
  const query = [...needed, ...members].join('&');
  return `${pathOf(operation)}${query === '' ? '' : `?${query}`}`;
};
/** The address that any query may follow: links from elsewhere bring members of their own. */
const takesAnyQuery = ({ path }: Operation) => path === '/';
const bodyOf = ({ name }: Operation) => {
  const body = BODIES[name];
  if (body === undefined) throw new Error(`${name}: no example of its body`);
  return body;
};

/** The request that a case is a spoiled form of. */
export function plainQuestion(operation: Operation, bff: Bff): Question {
  const { method, body } = operation;
  return {
    method,
    path: withQuery(operation),
    headers: { ...bearer(bff.token), ...(body === undefined ? {} : JSON_TYPE) },
    ...(body === undefined ? {} : { body: JSON.stringify(bodyOf(operation)) }),
  };
}

const readsBody = (operation: Operation) =>
  mayHaveBody(operation) && !IGNORES_BODY.has(operation.name);
const headersOf = (operation: Operation, bff: Bff) => plainQuestion(operation, bff).headers;
const invalid = (...issues: string[]): Refusal => ({ code: 'invalid_input', issues });

const withoutToken: Rule = ({ isPublic }) =>
  isPublic ? [] : [{ asked: { headers: {} }, expected: { code: 'not_authenticated' } }];

const withForgedToken: Rule = ({ isPublic }, { token }) =>
  isPublic
    ? []
    : [
        ...Object.values(forgeries(token)).map(bearer),
        { authorization: `Basic ${token}` },
        { authorization: 'Bearer' },
        { 'x-internal-identity': encodedIdentity() },
      ].map((headers) => ({
        asked: { headers },
        expected: { code: 'not_authenticated' } as const,
      }));

/** What a service would believe, were it signed. */
function encodedIdentity(): string {
  const identity = { userId: NOBODY, tenantId: 'system', sessionId: NOBODY, roles: ['admin'] };
  return `${Buffer.from(JSON.stringify(identity)).toString('base64url')}.nobody`;
}

const withoutPermission: Rule = ({ permission }, _bff, tokens) =>
  permission === undefined
    ? []
    : Object.entries(tokens)
        .filter(([role]) => !permissionsOf([role as Role]).includes(permission as Permission))
        .map(([, token]) => ({
          asked: { headers: bearer(token) },
          expected: { code: 'forbidden' },
        }));

/** Said of the address, so that a route which asks for the wrong permission is found. */
const asSomebodyElse: Rule = (
  { method, path, isPublic },
  { name },
  { support, finance, customer },
) => {
  if (name !== 'admin' || isPublic || path.startsWith('/auth/')) return [];
  const refused = [
    customer,
    ...(method === 'GET' ? [] : [support]),
    ...(path.startsWith('/notifications/bulk') || path.startsWith('/admin/cache') ? [finance] : []),
  ];
  return refused.map((token = '') => ({
    asked: { headers: bearer(token) },
    expected: { code: 'forbidden' },
  }));
};

const withUnknownMember: Rule = (operation) =>
  takesAnyQuery(operation)
    ? []
    : ['nobody', '__proto__', 'constructor', 'limit[]', ...operation.params].map((name) => ({
        asked: { path: withQuery(operation, `${name}=1`) },
        expected: invalid(`query.${name}`),
      }));

const withWrongMember: Rule = (operation) =>
  operation.query.flatMap((name) => {
    const values = WRONG_QUERY[name];
    if (values === undefined) throw new Error(`${operation.name}: no wrong value of ${name}`);
    return values.map((value) => ({
      asked: { path: withQuery(operation, `${name}=${value}`) },
      expected: invalid(`query.${name}`),
    }));
  });

const withMemberTwice: Rule = (operation) =>
  operation.query.map((name) => ({
    asked: { path: withQuery(operation, `${name}=1`, `${name}=2`) },
    expected: invalid(`query.${name}`),
  }));

const withMalformedId: Rule = (operation) =>
  operation.params.flatMap((name) =>
    (MALFORMED[name] ?? []).map((value) => ({
      asked: { path: addressOf(operation, { ...UNKNOWN, [name]: value }) },
      expected: invalid(`params.${name}`),
    })),
  );

const withUnknownId: Rule = ({ name, params }) =>
  params.length === 0 || ANSWERS_ABSENCE.has(name)
    ? []
    : [{ asked: {}, expected: { code: 'not_found' } }];

const withAnotherBody: Rule = (operation, bff) => {
  if (!readsBody(operation)) return [];
  const headers = { ...headersOf(operation, bff), ...JSON_TYPE };
  const spoiled = (body: unknown, ...issues: string[]): Case => ({
    asked: { headers, body: typeof body === 'string' ? body : JSON.stringify(body) },
    expected: invalid(...issues),
  });
  const example = operation.body === undefined ? {} : bodyOf(operation);
  const anyway = [
    spoiled('[]', 'body'),
    spoiled('null', 'body'),
    spoiled('"nobody"', 'body'),
    spoiled({ ...example, nobody: 1 }, 'body.nobody'),
    spoiled(`{"\\u005f_proto__":{"nobody":1}}`, 'body.__proto__'),
  ];
  if (operation.body === undefined) return anyway;
  const { properties, required = [] } = operation.body;
  const members = Object.entries(properties).map(([name, { type }]) =>
    spoiled({ ...example, [name]: type === 'object' ? 'text' : {} }, `body.${name}`),
  );
  const missing = required.map((name) =>
    spoiled({ ...example, [name]: undefined }, `body.${name}`),
  );
  return [...anyway, spoiled('', 'body'), ...missing, ...members];
};

const withUnstorableText: Rule = (operation) => {
  if (operation.body === undefined) return [];
  const example = bodyOf(operation);
  return Object.entries(example)
    .filter(([, value]) => typeof value === 'string')
    .map(([name, value]) => ({
      asked: { body: JSON.stringify({ ...example, [name]: `${value}\0` }) },
      expected: invalid(`body.${name}`),
    }));
};

const withBrokenJson: Rule = (operation, bff) =>
  readsBody(operation)
    ? ['{', '{"a":1,}', 'nobody', '{"__proto__":{"nobody":1}}'].map((body) => ({
        asked: { headers: { ...headersOf(operation, bff), ...JSON_TYPE }, body },
        expected: { code: 'bad_request' },
      }))
    : [];

const withAnotherType: Rule = (operation, bff) =>
  operation.method !== 'GET' && !IGNORES_BODY.has(operation.name)
    ? [
        { 'content-type': 'text/plain' },
        { 'content-type': 'application/x-www-form-urlencoded' },
        { 'content-type': 'application/json; charset=utf-16' },
        { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        {},
      ].map((type) => ({
        asked: { headers: { ...bearer(bff.token), ...type }, body: '{}' },
        expected: { code: 'unsupported_media_type' },
      }))
    : [];

const withTooLargeBody: Rule = (operation, bff) =>
  mayHaveBody(operation)
    ? [false, true].map((isChunked) => ({
        asked: {
          headers: { ...headersOf(operation, bff), ...JSON_TYPE },
          body: Buffer.alloc((BODY_LIMITS[operation.name] ?? 100_000) + 1, ' '),
          isChunked,
        },
        expected: { code: 'body_too_large' },
      }))
    : [];

const withMalformedHeader: Rule = (operation, bff) => {
  const { method } = operation;
  const given = headersOf(operation, bff) ?? {};
  const spoiled = (name: string, values: readonly string[], expected: Refusal): Case[] =>
    values.map((value) => ({ asked: { headers: { ...given, [name]: value } }, expected }));
  const isChange = method === 'PATCH' || method === 'PUT';
  return [
    ...spoiled(
      'consistency-token',
      ['nobody', '', 'a.b', 'a.-1', 'a.9999999999999999', 'id:7', 'a.1, a.2'],
      invalid('headers.consistency-token'),
    ),
    ...(mayHaveBody(operation)
      ? spoiled('idempotency-key', ['', 'a b', 'k'.repeat(201)], { code: 'bad_request' })
      : []),
    ...(isChange
      ? spoiled('if-match', ['nobody', '""', '"1", "2"', '"-1"'], invalid('headers.if-match'))
      : []),
  ];
};

const atAnotherPath: Rule = (operation, { operations }) => {
  const further = ['/nobody/nobody/nobody', '/../nobody/nobody'];
  // After an id these are a part of it.
  const attached = operation.path.endsWith('}') ? [] : ['%2f..%2f..%2fnobody', ';nobody=1'];
  return [...further, ...attached].flatMap((added) => {
    const path = `${pathOf(operation)}${added}`;
    // Where an id may stand beside the path's own end, they are a part of that, too.
    const methods = methodsAt(path, operations);
    if (methods.includes(operation.method)) return [];
    const code = methods.length === 0 ? 'not_found' : 'method_not_allowed';
    return [{ asked: { path }, expected: { code } } as const];
  });
};

const withEndlessQuery: Rule = (operation) =>
  takesAnyQuery(operation)
    ? []
    : [
        {
          asked: { path: withQuery(operation, `nobody=${TEXT_TOO_LONG}`) },
          expected: invalid('query.nobody'),
        },
      ];

export const RULES: readonly (readonly [name: string, rule: Rule])[] = [
  ['without a token', withoutToken],
  ['with a token that the platform did not sign', withForgedToken],
  ['without the permission', withoutPermission],
  ['by a customer, to change by support, for campaigns or caches by finance', asSomebodyElse],
  ['with a query member that nobody knows', withUnknownMember],
  ['with a query member that is wrong', withWrongMember],
  ['with a query member given twice', withMemberTwice],
  ['with a query of 10,000 characters', withEndlessQuery],
  ['with a malformed id', withMalformedId],
  ['with an id that nothing has', withUnknownId],
  ['with a body of another shape', withAnotherBody],
  ['with a text that cannot be stored', withUnstorableText],
  ['with a body that is no JSON', withBrokenJson],
  ['with a body of another type', withAnotherType],
  ['with a body above the limit, announced or not', withTooLargeBody],
  ['with a malformed token of consistency, key or version', withMalformedHeader],
  ['at a path that only begins like its own', atAnotherPath],
];
