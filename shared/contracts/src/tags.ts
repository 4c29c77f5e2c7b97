/**
 * A tag names something an answer was built from: an entity, or a collection of them. Services put
 * the tags of an answer in `Cache-Tags`; events name the tags they change; a view built from a tag
 * is dropped when an event names it. A list carries its collection's tag, so that creations,
 * deletions and absences are seen too.
 */
export const tags = {
  user: (id: string) => `user:${id}`,
  users: () => 'users',
  quota: (userId: string) => `quota:${userId}`,
  device: (id: string) => `device:${id}`,
  devices: () => 'devices',
  devicesOf: (userId: string) => `devices-of:${userId}`,
  app: (id: string) => `app:${id}`,
  apps: () => 'apps',
  installation: (id: string) => `installation:${id}`,
  installationsOf: (deviceId: string) => `installations-of:${deviceId}`,
  plan: (id: string) => `plan:${id}`,
  plans: () => 'plans',
  order: (id: string) => `order:${id}`,
  orders: () => 'orders',
  ordersOf: (userId: string) => `orders-of:${userId}`,
  balance: (userId: string) => `balance:${userId}`,
  balances: () => 'balances',
  usage: () => 'usage',
  usageOfDevice: (deviceId: string) => `usage-of-device:${deviceId}`,
  usageOfUser: (userId: string) => `usage-of-user:${userId}`,
  notificationsOf: (userId: string) => `notifications-of:${userId}`,
  template: (code: string) => `template:${code}`,
  templates: () => 'templates',
  campaign: (batchId: string) => `campaign:${batchId}`,
  campaigns: () => 'campaigns',
  settings: () => 'settings',
  deadLettersOf: (service: string) => `dead-letters-of:${service}`,
  audit: () => 'audit',
  invoice: (id: string) => `invoice:${id}`,
  invoicesOf: (userId: string) => `invoices-of:${userId}`,
  paymentsOf: (userId: string) => `payments-of:${userId}`,
  refunds: () => 'refunds',
  refundOf: (orderId: string) => `refund-of:${orderId}`,
  node: (name: string) => `node:${name}`,
  pool: () => 'pool',
  preferencesOf: (userId: string) => `preferences-of:${userId}`,
  segment: (id: string) => `segment:${id}`,
  segments: () => 'segments',
  schedule: (id: string) => `schedule:${id}`,
  upload: (id: string) => `upload:${id}`,
  schedules: () => 'schedules',
  suppressions: () => 'suppressions',
  announcements: () => 'announcements',
} as const;

/** A tag with the entity version the answer showed, where the tag is an entity's. */
export interface TagRead {
  readonly tag: string;
  readonly version?: number;
}

/** Longest tag accepted; service ids are UUIDs, so real ones stay far below. */
export const MAX_TAG_LENGTH = 120;

const TAG = /^[a-z][a-z-]*(?::[A-Za-z0-9._-]+)?$/;

export function isTag(text: string): boolean {
  return text.length <= MAX_TAG_LENGTH && TAG.test(text);
}

/** The value of `Cache-Tags`: `device:7;v=12, devices-of:42`. */
export function formatCacheTags(reads: Iterable<TagRead>): string {
  const parts: string[] = [];
  for (const { tag, version } of reads)
    parts.push(version === undefined ? tag : `${tag};v=${version}`);
  return parts.join(', ');
}

/** Reads `Cache-Tags`; throws a TypeError that quotes the first part that is not a tag. */
export function parseCacheTags(header: string): TagRead[] {
  const reads: TagRead[] = [];
  for (const part of header.split(',')) {
    const text = part.trim();
    if (text === '') continue;
    const [tag = '', version] = text.split(';v=');
    if (!isTag(tag)) throw new TypeError(`not a cache tag: ${JSON.stringify(text.slice(0, 80))}`);
    reads.push(version === undefined ? { tag } : { tag, version: Number(version) });
  }
  return reads;
}
