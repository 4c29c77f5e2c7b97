import {
  type ChannelKind,
  type PreferenceCategory,
  type Preferences,
  preferenceCategorySchema,
} from '@cloudphone/contracts';

const BY_FAMILY: Readonly<Record<string, PreferenceCategory>> = {
  device: 'devices',
  app: 'apps',
  billing: 'billing',
  order: 'billing',
  plan: 'billing',
  quota: 'billing',
  system: 'system',
  scheduler: 'system',
  media: 'system',
};

/** About a person's account, but not about its safety. */
const OF_ACCOUNT = new Set(['user.registered', 'user.profile_updated']);

/**
 * What a message is about, by its template's code; whatever is no family of our own is a promotion.
 * `security` is no choice of anybody's.
 */
export function categoryOf(templateCode: string): PreferenceCategory | 'security' {
  const [family = ''] = templateCode.split('.');
  if (family === 'user') return OF_ACCOUNT.has(templateCode) ? 'account' : 'security';
  return Object.hasOwn(BY_FAMILY, family) ? (BY_FAMILY[family] ?? 'promotions') : 'promotions';
}

const EVERY_CHANNEL: readonly ChannelKind[] = ['email', 'sms', 'push', 'websocket'];

/** What holds for everybody who has not said otherwise: they get what they are sent. */
export function defaultChannels(): Preferences['channels'] {
  const each = preferenceCategorySchema.options.map((category) => [category, [...EVERY_CHANNEL]]);
  return Object.fromEntries(each) as Preferences['channels'];
}
