import type { Row } from '../cast.ts';
import {
  about,
  find,
  inState,
  type Need,
  type Recipe,
  type Recipes,
  type Scene,
  somebodyElse,
} from './recipe.ts';

/** More than this need a second person's word, as the services are told. */
export const APPROVAL_ABOVE = 6;

const LATER = { at: '2099-01-01T09:00', timeZone: 'UTC' };

/** To the people of the program at once, so that it ends soon. */
export const prompt =
  (...channels: readonly string[]) =>
  ({ cast }: Scene): Need => {
    const audience = { userIds: cast.all('userId') };
    const withThese = { audience, channels, rate: 100, schedule: 'now', dryRun: false };
    return { first: 'createCampaign', with: withThese };
  };

/** To everybody, one a second: it needs approval, and then is being sent for a while. */
const large = (scene: Scene): Need => {
  const audience = { userIds: scene.cast.rows('userId').map(({ id }) => id) };
  return {
    first: 'createCampaign',
    with: { ...prompt('websocket')(scene).with, audience, rate: 1 },
  };
};

const ENDED = inState('status', 'completed');

/** One that ended, rather with deliveries that did not arrive. */
const ofEnded = (member: string): Recipe =>
  about('batchId', {
    isFit: ENDED,
    otherwise: prompt('sms'),
    draft: (row, scene) => {
      const better = find(scene, 'batchId', (one) => ENDED(one) && Number(one[member]) > 0) ?? row;
      return { params: { batchId: String(better.id) }, wholeBody: {} };
    },
  });

export const campaignRecipes: Recipes = {
  createCampaign: (scene) => ({ wholeBody: campaign(scene) }),
  updateCampaign: about('batchId', {
    isFit: (row) =>
      inState('status', 'scheduled', 'awaiting_approval')(row) &&
      row.scheduleId === null &&
      row.contentHash !== null,
    otherwise: { first: 'createCampaign', with: { schedule: LATER } },
    draft: (_, { random }) => ({
      wholeBody: { name: `Changed ${random.below(1_000)}`, priority: random.pick(['high', 'low']) },
    }),
  }),
  approveCampaign: about('batchId', {
    isFit: (row) => row.status === 'awaiting_approval' && row.contentHash !== null,
    otherwise: large,
    draft: ({ contentHash, createdBy }) => ({
      as: somebodyElse(createdBy),
      wholeBody: { contentHash },
    }),
  }),
  pauseCampaign: about('batchId', {
    isFit: inState('status', 'processing'),
    otherwise: { first: 'approveCampaign', isHurried: true },
  }),
  resumeCampaign: about('batchId', {
    isFit: inState('status', 'paused'),
    otherwise: { first: 'pauseCampaign' },
  }),
  cancelCampaign: about('batchId', {
    isFit: inState('status', 'processing', 'paused', 'scheduled', 'awaiting_approval'),
    otherwise: { first: 'createCampaign', with: { schedule: LATER } },
  }),
  replayFailedRecipients: ofEnded('failureCount'),
  resendUnknown: ofEnded('unknownCount'),
  acceptUnknown: ofEnded('unknownCount'),
};

function campaign(scene: Scene): Row {
  const { cast, random } = scene;
  const people = cast.rows('userId').map(({ id }) => id);
  const own = cast.all('userId');
  const file = find(scene, 'uploadId');
  const saved = find(scene, 'segmentId');
  const audience = random.pick([
    { userIds: own },
    { userIds: own },
    { userIds: people },
    { segment: { status: 'active' } },
    ...(file === undefined ? [] : [{ csv: file.id }]),
    ...(saved === undefined ? [] : [{ savedSegment: saved.id }]),
  ]);
  return {
    ...messageOf(scene),
    ...{ name: `Campaign ${random.below(1_000)}`, audience, rate: random.pick([1, 100]) },
    channels: random.shuffle(['websocket', 'email', 'sms', 'push']).slice(0, 1 + random.below(3)),
    ...(random.chance(0.3) ? { schedule: LATER } : {}),
    ...(random.chance(0.15) ? { dryRun: true } : {}),
  };
}

const SAMPLES: Readonly<Record<string, unknown>> = {
  string: 'something',
  number: 7,
  date: '2026-03-01T09:00:00.000Z',
  boolean: true,
};

/** A template that is in use, with all that it wants to know. */
export function messageOf(scene: Scene): Row {
  const template = find(
    scene,
    'templateId',
    ({ isActive, code }) => isActive === true && !String(code).startsWith('staff.'),
  );
  const variables = (template?.variables ?? []) as readonly { name: string; type: string }[];
  const data = Object.fromEntries(variables.map(({ name, type }) => [name, SAMPLES[type]]));
  return { templateCode: template?.code ?? 'system.announcement', data };
}
