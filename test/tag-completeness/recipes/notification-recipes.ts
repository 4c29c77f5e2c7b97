import type { Row } from '../cast.ts';
import { DEAD } from '../sms-gateway.ts';
import { campaignRecipes, messageOf, prompt } from './campaign-recipes.ts';
import { about, find, inHours, inState, type Recipe, type Recipes, type Scene } from './recipe.ts';

const WORDS = ['hello', 'news', 'soon', 'later'];

function newText({ random }: Scene) {
  const { pick } = random;
  return {
    title: `On ${pick(WORDS)} ${random.below(1_000)}`,
    body: `Dear {{userName}}: ${pick(WORDS)}`,
  };
}

function newTemplate(scene: Scene) {
  const letters = Array.from({ length: 6 }, () => scene.random.pick([...'abcdefghij'])).join('');
  return { code: `test.made_${letters}`, ...templateInput(scene) };
}

function templateInput(scene: Scene) {
  return {
    name: `Template ${scene.random.below(1_000)}`,
    variables: [],
    texts: { en: newText(scene) },
  };
}

const isMade = ({ code }: { readonly code?: unknown }) => String(code).startsWith('test.made_');

const ofMadeTemplate = (draft?: (scene: Scene) => unknown): Recipe =>
  about('templateId', {
    isFit: isMade,
    otherwise: { first: 'createTemplate' },
    draft: ({ code }, scene) => {
      scene.cast.note('code', String(code));
      return draft === undefined ? {} : { wholeBody: draft(scene) };
    },
  });

/** What the person of the program has in their inbox. */
const ofInbox = (isFit: (row: { readonly readAt?: unknown }) => boolean): Recipe =>
  about('notificationId', {
    isFit,
    otherwise: prompt('websocket'),
    draft: ({ id, userId }) => ({
      params: { userId: String(userId), notificationId: String(id) },
    }),
  });

const segment = ({ random }: Scene) => ({
  name: `Segment ${random.below(1_000_000)}`,
  definition: random.pick([
    { status: 'active' },
    { balanceBelow: 3_000 },
    { tenantId: 'acme' },
    { hasRunningDevice: true },
  ]),
});

const ofSegment = (hasBody: boolean): Recipe =>
  about('segmentId', {
    otherwise: { first: 'createSegment' },
    draft: (_, scene) => (hasBody ? { wholeBody: segment(scene) } : {}),
  });

/** A browser's key: an uncompressed point has 65 bytes, which begin with 4. */
const browser = ({ random }: Scene) => ({
  endpoint: `https://fcm.googleapis.com/fcm/send/${random.below(1_000_000)}`,
  keys: {
    p256dh: Buffer.alloc(65, 4).toString('base64url'),
    auth: Buffer.alloc(16, random.below(256)).toString('base64url'),
  },
});

/** Its last digit tells the gateway's stand-in what to make of it. */
const phone = ({ random }: Scene) => `+861391000${1_000 + random.below(800)}${random.below(4)}`;

const deadPhone = ({ random }: Scene) => `+861391000${1_000 + random.below(800)}${DEAD}`;

export const notificationRecipes: Recipes = {
  ...campaignRecipes,
  readNotification: ofInbox(({ readAt }) => readAt === null),
  markNotificationsPushed: (scene) => {
    const row = find(scene, 'notificationId', ({ userId }) => userId !== undefined);
    if (row === undefined) return prompt('websocket')(scene);
    return { params: { userId: String(row.userId) }, wholeBody: { ids: [row.id] } };
  },
  createTemplate: (scene) => ({ wholeBody: newTemplate(scene) }),
  createTemplates: (scene) => ({ wholeBody: { templates: [newTemplate(scene)] } }),
  updateTemplate: ofMadeTemplate(templateInput),
  deleteTemplate: ofMadeTemplate(),
  toggleTemplate: ofMadeTemplate(({ random }) => (random.chance(0.5) ? {} : { isActive: true })),
  createSegment: (scene) => ({ wholeBody: segment(scene) }),
  updateSegment: ofSegment(true),
  deleteSegment: ofSegment(false),
  createUpload: ({ cast }) => ({
    wholeBody: ['userId,note', ...cast.all('userId').map((id) => `${id},hello`)].join('\n'),
  }),
  removeSuppression: (scene) => {
    const row = find(scene, 'suppressionId');
    if (row !== undefined) return { params: { suppressionId: String(row.id) } };
    const isDead = ({ phone: number }: Row) => String(number).endsWith(DEAD);
    const reached = find(scene, 'preferences', isDead);
    if (reached === undefined)
      return { first: 'updatePreferences', with: { phone: deadPhone(scene) } };
    const { with: members } = prompt('sms')(scene);
    const audience = { userIds: [reached.userId] };
    return { first: 'createCampaign', with: { ...members, audience } };
  },
  createPushSubscription: (scene) => ({ wholeBody: browser(scene) }),
  deletePushSubscriptions: () => ({ query: {} }),
  updateSettings: (scene) => {
    const [now] = scene.cast.rows('settings');
    const { random } = scene;
    return {
      version: now?.version,
      wholeBody: {
        lowBalanceBelow: { amount: random.below(5_000), currency: 'CNY' },
        quotaAlertPercent: 1 + random.below(100),
        ...{ locales: ['en', 'zh-CN'], defaultLocale: random.pick(['en', 'zh-CN']) },
        senderName: `CloudPhone ${random.below(100)}`,
        // None: they would hold back the campaigns.
        quietHours: null,
      },
    };
  },
  updatePreferences: (scene) => {
    const { random } = scene;
    const all = ['email', 'sms', 'push', 'websocket'];
    const promotions = random.chance(0.3) ? ['email'] : all;
    return {
      wholeBody: {
        channels: { account: all, devices: all, apps: all, billing: all, system: all, promotions },
        ...{ quietHours: 'none', locale: random.pick(['en', null]), timeZone: null },
        ...{ phone: phone(scene), promotionsPerDay: null },
      },
    };
  },
  unsubscribe: about('unsubscription', {
    otherwise: prompt('email'),
    draft: ({ id }) => ({ params: { token: String(id) } }),
  }),
  createAnnouncement: ({ random }) => ({
    body: { audience: random.pick(['everyone', { tenant: 'acme' }]) },
  }),
  announceMaintenance: () => ({
    wholeBody: { at: inHours(5), message: 'New disks.' },
  }),
  createSchedule: (scene) => schedule(scene),
  updateSchedule: about('scheduleId', {
    otherwise: { first: 'createSchedule' },
    draft: (_, scene) => schedule(scene),
  }),
  deleteSchedule: about('scheduleId', { otherwise: { first: 'createSchedule' } }),
  pauseSchedule: about('scheduleId', {
    isFit: inState('isPaused', 'false'),
    otherwise: { first: 'createSchedule' },
  }),
  resumeSchedule: about('scheduleId', {
    isFit: inState('isPaused', 'true'),
    otherwise: { first: 'pauseSchedule' },
  }),
};

function schedule(scene: Scene) {
  return {
    wholeBody: {
      ...{ name: `Schedule ${scene.random.below(1_000)}`, cron: '0 9 * * 1', timeZone: 'UTC' },
      campaign: {
        ...messageOf(scene),
        userIds: scene.cast
          .rows('userId')
          .slice(0, 2)
          .map(({ id }) => id),
      },
    },
  };
}
