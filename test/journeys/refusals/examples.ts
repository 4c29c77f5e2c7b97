import type { Operation } from './operations.ts';

/** What the rules need to know of each parameter and body. A new one has to be added here. */

const NOBODY = '00000000-0000-4000-8000-000000000000';
export const TEXT_TOO_LONG = 'n'.repeat(10_000);

/** By name of a path parameter: well-formed, and nothing is called that. */
export const UNKNOWN: Readonly<Record<string, string>> = {
  appId: NOBODY,
  batchId: NOBODY,
  code: 'nobody.knows',
  deviceId: NOBODY,
  key: 'nobody',
  notificationId: NOBODY,
  orderId: NOBODY,
  templateId: NOBODY,
  userId: NOBODY,
};

/** Operations that are there to say that something is not. */
export const ANSWERS_ABSENCE: ReadonlySet<string> = new Set([
  'GET /admin/cache/entries/{key}/explain',
]);

/** By name of a path parameter: what could never be one. */
export const MALFORMED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Object.keys(UNKNOWN).map((name) => [name, ['7', `${NOBODY}0`]])),
  code: ['Nobody', 'nobody', 'nobody.'],
  key: ['k'.repeat(601)],
};

/** By name of a query member. */
export const WRONG_QUERY: Readonly<Record<string, readonly string[]>> = {
  cursor: ['nobody', 'W251bGwsbnVsbF0', 'e30', '%00', TEXT_TOO_LONG],
  ids: ['7', `${NOBODY},7`, Array.from({ length: 201 }, () => NOBODY).join(',')],
  limit: ['0', '501', '1.5', 'x', ''],
  q: ['%00', TEXT_TOO_LONG],
  reviewStatus: ['nobody', ''],
  sort: ['nobody', '__proto__'],
  status: ['nobody', ''],
  tag: ['%00', TEXT_TOO_LONG],
  userId: ['7', ''],
  view: ['%00', TEXT_TOO_LONG],
};

/** By operation: a body that fits. Nothing comes of it, since what it speaks of is unknown. */
export const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'POST /auth/login': { username: 'nobody', password: 'nobody' },
  'POST /auth/refresh': { refreshToken: 'nobody' },
  'PATCH /admin/users/{userId}': { name: 'Nobody' },
  'POST /admin/cache/invalidate': { tags: [`user:${NOBODY}`] },
  'POST /admin/cache/warm': { view: 'nobody' },
  'POST /notifications/templates': {
    code: 'nobody.knows',
    name: 'Nobody',
    variables: [],
    texts: { en: { title: 'Title', body: '{{nobody}}' } },
  },
  'PUT /notifications/templates/{templateId}': {
    name: 'Nobody',
    variables: [],
    texts: { en: { title: 'Title', body: 'Body' } },
  },
  'POST /notifications/bulk': { userIds: [NOBODY], templateCode: 'nobody.knows' },
};

/** By operation; 100 kB otherwise. */
export const BODY_LIMITS: Readonly<Record<string, number>> = {
  'POST /notifications/bulk': 8_000_000,
};

/** What this file has no example of, in words that say what to add. */
export function missingExamples(operations: readonly Operation[]): string[] {
  return operations.flatMap(({ name, params, query, body }) => [
    ...params.filter((param) => !(param in UNKNOWN)).map((param) => `${name}: UNKNOWN.${param}`),
    ...query
      .filter((member) => !(member in WRONG_QUERY))
      .map((one) => `${name}: WRONG_QUERY.${one}`),
    ...(body === undefined || name in BODIES ? [] : [`${name}: BODIES`]),
  ]);
}
