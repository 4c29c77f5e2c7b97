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
  eventId: 'nobody',
  key: 'nobody',
  nodeName: 'nobody',
  notificationId: NOBODY,
  orderId: NOBODY,
  planId: NOBODY,
  refundId: NOBODY,
  scheduleId: NOBODY,
  segmentId: NOBODY,
  service: 'billing', // There is no such letter.
  uploadId: NOBODY,
  suppressionId: NOBODY,
  templateId: NOBODY,
  token: 'nobody.knows',
  userId: NOBODY,
};

/** What is posted there has a form of its own and is thrown away. */
export const IGNORES_BODY: ReadonlySet<string> = new Set(['POST /unsubscribe/{token}']);

/** Operations that are there to say that something is not. */
export const ANSWERS_ABSENCE: ReadonlySet<string> = new Set([
  'GET /admin/cache/entries/{key}/explain',
  'POST /admin/dead-letters/{service}/discard',
  'POST /admin/dead-letters/{service}/replay',
]);

/** By name of a path parameter: what could never be one. */
export const MALFORMED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Object.keys(UNKNOWN).map((name) => [name, ['7', `${NOBODY}0`]])),
  code: ['Nobody', 'nobody', 'nobody.'],
  token: ['nobody', 'nobody.', '.nobody'],
  eventId: ['n'.repeat(101)],
  key: ['k'.repeat(601)],
  nodeName: ['Nobody', '-nobody', 'n'.repeat(64)],
  service: ['nobody', 'Billing', '__proto__'],
};

/** By name of a query member. */
export const WRONG_QUERY: Readonly<Record<string, readonly string[]>> = {
  erase: ['nobody', ''],
  idempotencyKey: ['', 'k'.repeat(201)],
  orderId: ['7', ''],
  format: ['nobody', ''],
  groupBy: ['nobody', ''],
  to: ['nobody', ''],
  from: ['nobody', '2026-13-01'],
  since: ['nobody', ''],
  action: ['Nobody', '%00', TEXT_TOO_LONG],
  actor: ['7', ''],
  channel: ['nobody', ''],
  batchId: ['7', ''],
  cursor: ['nobody', 'W251bGwsbnVsbF0', 'e30', '%00', TEXT_TOO_LONG],
  id: ['7', ''],
  ids: ['7', `${NOBODY},7`, Array.from({ length: 201 }, () => NOBODY).join(',')],
  key: [TEXT_TOO_LONG],
  limit: ['0', '501', '1.5', 'x', ''],
  q: ['%00', TEXT_TOO_LONG],
  reviewStatus: ['nobody', ''],
  service: ['nobody', '', '__proto__'],
  sort: ['nobody', '__proto__'],
  state: ['nobody', ''],
  status: ['nobody', ''],
  subject: [TEXT_TOO_LONG],
  type: [TEXT_TOO_LONG],
  tag: ['%00', TEXT_TOO_LONG],
  userId: ['7', ''],
  view: ['%00', TEXT_TOO_LONG],
};

const SCHEDULE = {
  ...{ name: 'Nobody', cron: '0 9 * * *', timeZone: 'UTC' },
  campaign: { userIds: [NOBODY], templateCode: 'nobody.knows' },
};

/** By operation: a body that fits. Nothing comes of it, since what it speaks of is unknown. */
export const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'POST /auth/login': { username: 'nobody', password: 'nobody' },
  'POST /auth/refresh': { refreshToken: 'nobody' },
  'PATCH /admin/users/{userId}': { name: 'Nobody' },
  'PATCH /auth/me': { name: 'Nobody' },
  'POST /auth/register': {
    username: 'nobody',
    email: 'nobody@example.com',
    name: 'Nobody',
    password: 'nobody knows',
  },
  'POST /auth/password/reset-request': { email: 'nobody@example.com' },
  'POST /auth/password/reset': { token: 'nobody', newPassword: 'nobody knows' },
  'POST /auth/password/change': { currentPassword: 'nobody', newPassword: 'nobody knows' },
  'POST /auth/two-factor/enrol': { password: 'nobody' },
  'POST /auth/two-factor/enable': { code: 'nobody' },
  'POST /auth/two-factor/disable': { password: 'nobody', code: 'nobody' },
  'POST /admin/users': { username: 'nobody', email: 'nobody@example.com', name: 'Nobody' },
  'PUT /admin/users/{userId}/roles': { roles: ['customer'] },
  'PUT /admin/quotas/{userId}': { devicesLimit: 1 },
  'POST /admin/quotas/{userId}/renew': { extensionDays: 1 },
  'POST /admin/devices': { name: 'Nobody', nodeName: 'nobody' },
  'PATCH /admin/devices/{deviceId}': { name: 'Nobody' },
  'POST /admin/devices/{deviceId}/transfer': { userId: NOBODY },
  'POST /admin/pool/nodes': { name: 'nobody', capacity: 0 },
  'PATCH /admin/pool/nodes/{nodeName}': { isDraining: true },
  'POST /admin/apps': {
    packageName: 'org.example.nobody',
    name: 'Nobody',
    category: 'tools',
    currentVersion: '1.0',
  },
  'PATCH /admin/apps/{appId}': { name: 'Nobody' },
  'POST /admin/apps/{appId}/versions': { appVersion: '999999.0' },
  'POST /me/devices/{deviceId}/apps': { appId: NOBODY },
  'POST /admin/plans': {
    code: 'mini-month', // Taken.
    name: 'Nobody',
    price: { amount: 1, currency: 'CNY' },
    durationDays: 1,
  },
  'PATCH /admin/plans/{planId}': { name: 'Nobody' },
  'POST /admin/refunds': { orderId: NOBODY, reason: 'nobody' },
  'POST /me/orders': { planId: NOBODY, quantity: 1 },
  'POST /me/orders/{orderId}/refund-request': { reason: 'nobody' },
  'POST /me/payments': { amount: 1, method: 'card' },
  'POST /admin/dead-letters/{service}/discard': { ids: ['nobody'] },
  'POST /admin/dead-letters/{service}/replay': { filter: { key: 'nobody' } },
  'POST /admin/cache/invalidate': { tags: [`user:${NOBODY}`] },
  'POST /admin/cache/warm': { view: 'nobody' },
  'POST /notifications/templates/{templateId}/toggle': { isActive: true },
  'POST /notifications/templates/{templateId}/render': { data: {} },
  'POST /notifications/templates/validate': { template: {} },
  'PUT /admin/settings': {
    lowBalanceBelow: { amount: 1_000, currency: 'CNY' },
    quotaAlertPercent: 80,
    locales: ['en'],
    defaultLocale: 'en',
    senderName: 'Nobody',
    quietHours: null,
  },
  'POST /admin/announcements': { title: 'Nobody', body: 'Nobody', audience: 'everyone' },
  'POST /admin/maintenance': { at: '2000-01-01T00:00:00Z', message: 'Nobody' },
  'PUT /me/preferences': {
    channels: {
      ...{ account: [], devices: [], apps: [], billing: [], system: [] },
      promotions: ['websocket'],
    },
    quietHours: null,
    locale: null,
    timeZone: null,
    phone: null,
    promotionsPerDay: null,
  },
  'POST /me/push-subscriptions': {
    endpoint: 'https://push.example/nobody',
    keys: { p256dh: 'n'.repeat(87), auth: 'n'.repeat(22) },
  },
  'POST /notifications/templates/bulk': {
    templates: [
      {
        code: 'nobody.knows',
        name: 'Nobody',
        variables: [],
        texts: { en: { title: 'Title', body: '{{nobody}}' } },
      },
    ],
  },
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
  'PATCH /notifications/bulk/{batchId}': { name: 'Nobody' },
  'POST /notifications/bulk/{batchId}/approve': { contentHash: 'nobody' },
  'POST /notifications/bulk/{batchId}/dead-letters/replay': { filter: {} },
  'POST /notifications/bulk/{batchId}/unknown/resend': { filter: {} },
  'POST /notifications/bulk/{batchId}/unknown/accept': { filter: {} },
  'POST /notifications/segments': { name: 'Nobody', definition: { balanceBelow: 1 } },
  'POST /notifications/segments/preview': { definition: { tenantId: 'nobody' } },
  'PUT /notifications/segments/{segmentId}': { name: 'Nobody', definition: { balanceBelow: 1 } },
  'POST /notifications/schedules': SCHEDULE,
  'PUT /notifications/schedules/{scheduleId}': SCHEDULE,
  'POST /notifications/bulk': { userIds: [NOBODY], templateCode: 'nobody.knows' },
};

/** By operation; 100 kB otherwise. */
export const BODY_LIMITS: Readonly<Record<string, number>> = {
  'POST /notifications/bulk': 8_000_000,
  'POST /notifications/templates/bulk': 8_000_000,
  'POST /notifications/schedules': 1_000_000,
  'PUT /notifications/schedules/{scheduleId}': 1_000_000,
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
