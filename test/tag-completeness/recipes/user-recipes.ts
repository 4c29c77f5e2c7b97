import { SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { codeNow } from '../authenticator.ts';
import type { Row } from '../cast.ts';
import { customerIdentity } from '../identities.ts';
import {
  about,
  find,
  inHours,
  MADE_PASSWORD,
  type Need,
  type Recipe,
  type Recipes,
  STAFF,
} from './recipe.ts';

const PASSWORD = 'user-demo';

const isSeeded = ({ username }: Row) => /^user\d+$/.test(String(username));
const isActive = ({ status }: Row) => status === 'active';
const isMade = ({ username }: Row) => String(username).startsWith('person');
const roles = (row: Row) => row.roles as readonly string[];

const ofPerson = (isFit: (row: Row) => boolean = () => true): Recipe =>
  about('userId', { isFit, otherwise: { first: 'createUser' } });

const MADE: Need = {
  first: 'createUser',
  with: { password: MADE_PASSWORD, roles: ['customer'] },
};

/** What people made by programs do about their own account: those with demo log-ins are few. */
const ofMadePerson = (wholeBody: Row): Recipe =>
  about('userId', {
    isFit: (row) => isMade(row) && isActive(row),
    otherwise: MADE,
    draft: ({ id }) => ({ as: customerIdentity(String(id)), wholeBody }),
  });

/** Quotas are made with the first device or by setting them. */
const ofQuota = (body: Row): Recipe =>
  about('quota', {
    otherwise: { first: 'setQuota', with: { devicesLimit: 50 } },
    draft: ({ userId }) => ({ params: { userId: String(userId) }, body }),
  });

export const userRecipes: Recipes = {
  logIn: about('userId', {
    isFit: (row) => isSeeded(row) && isActive(row),
    otherwise: { first: 'reactivateUser' },
    draft: ({ username }) => ({ wholeBody: { username, password: PASSWORD } }),
  }),
  refreshSession: about('refreshToken', {
    otherwise: { first: 'logIn', isHurried: true },
    draft: ({ id }) => ({ wholeBody: { refreshToken: id } }),
  }),
  logOut: about('sessionId', {
    otherwise: { first: 'logIn', isHurried: true },
    draft: ({ id }) => ({ body: { sessionId: id } }),
  }),
  createUser: ({ random }) => ({
    body: { roles: [random.pick(['customer', 'admin', 'support'])] },
  }),
  updateUser: ofPerson(),
  changeRoles: about('userId', {
    isFit: ({ id }) => !STAFF.some((staff) => staff === id),
    otherwise: { first: 'createUser' },
    draft: (row, { random }) => ({
      body: {
        roles: [roles(row).includes('support') ? 'customer' : random.pick(['support', 'admin'])],
      },
    }),
  }),
  suspendUser: ofPerson((row) => isActive(row) && !STAFF.some((id) => id === row.id)),
  reactivateUser: about('userId', {
    isFit: (row) => !isActive(row),
    otherwise: { first: 'suspendUser' },
  }),
  /** The seeded ones are few: they go seldom. */
  deleteUser: (scene) => {
    const { random } = scene;
    const isToGo = random.chance(0.1) ? isSeeded : isMade;
    const row = find(scene, 'userId', isToGo);
    if (row === undefined) return { first: 'createUser' };
    return { params: { userId: String(row.id) }, query: { erase: String(random.chance(0.5)) } };
  },
  requestPasswordReset: about('userId', {
    otherwise: { first: 'createUser' },
    draft: ({ email }) => ({ wholeBody: { email } }),
  }),
  /** The newest link: a link works once. */
  resetPassword: (scene) => {
    const links = scene.cast.rows('resetToken');
    const newest = links.toSorted((a, b) => (String(a.capturedAt) < String(b.capturedAt) ? 1 : -1));
    const [link] = newest;
    if (link === undefined || scene.random.chance(0.4)) return { first: 'requestPasswordReset' };
    return { wholeBody: { token: link.id, newPassword: MADE_PASSWORD } };
  },
  changePassword: ofMadePerson({
    currentPassword: MADE_PASSWORD,
    newPassword: `${MADE_PASSWORD}, too`,
  }),
  enrolTwoFactor: ofMadePerson({ password: MADE_PASSWORD }),
  enableTwoFactor: about('twoFactorSecret', {
    otherwise: { first: 'enrolTwoFactor', isHurried: true },
    draft: ({ id, askedBy }) => ({
      as: customerIdentity(String(askedBy)),
      wholeBody: { code: codeNow(String(id)) },
    }),
  }),
  disableTwoFactor: about('recoveryCode', {
    otherwise: { first: 'enableTwoFactor', isHurried: true },
    draft: ({ id, askedBy }) => ({
      as: customerIdentity(String(askedBy)),
      wholeBody: { password: MADE_PASSWORD, code: id },
    }),
  }),
  noteActivity: ({ cast }) => ({
    as: SYSTEM_IDENTITY,
    wholeBody: { userIds: cast.all('userId') },
  }),
  setQuota: ({ cast, random }) => ({
    params: { userId: cast.pick('userId') ?? '' },
    body: {
      devicesLimit: random.below(60),
      ...(random.chance(0.5) ? { validUntil: inHours(random.below(2_000)) } : {}),
    },
  }),
  renewQuota: ofQuota({}),
  deductQuota: about('quota', {
    isFit: ({ devicesUsed, devicesLimit }) => Number(devicesUsed) < Number(devicesLimit),
    otherwise: { first: 'setQuota', with: { devicesLimit: 50 } },
    draft: ({ userId }) => ({ params: { userId: String(userId) }, body: { amount: 1 } }),
  }),
  restoreQuota: ofQuota({ amount: 1 }),
};
