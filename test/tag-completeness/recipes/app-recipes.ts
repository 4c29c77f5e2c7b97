import { about, find, inState, type Recipes } from './recipe.ts';

export const appRecipes: Recipes = {
  createApp: ({ random }) => ({
    body: { category: random.pick(['tools', 'games']), name: `App ${random.below(1_000_000)}` },
  }),
  approveApp: about('appId', {
    isFit: inState('reviewStatus', 'pending'),
    otherwise: { first: 'createApp' },
  }),
  rejectApp: about('appId', {
    isFit: inState('reviewStatus', 'pending'),
    otherwise: { first: 'createApp' },
  }),
  resubmitApp: about('appId', {
    isFit: inState('reviewStatus', 'rejected'),
    otherwise: { first: 'rejectApp' },
  }),
  updateApp: about('appId', {
    otherwise: { first: 'createApp' },
    draft: (_, { random }) => ({
      wholeBody: {
        name: `Listing ${random.below(1_000_000)}`,
        ...(random.chance(0.5) ? { category: 'media' } : {}),
      },
    }),
  }),
  publishAppVersion: about('appId', {
    otherwise: { first: 'createApp' },
    draft: ({ currentVersion }, { random }) => ({
      wholeBody: {
        appVersion: `${Number.parseInt(String(currentVersion), 10) + 1}.${random.below(99)}`,
      },
    }),
  }),
  installApp: (scene) => {
    const device = find(scene, 'deviceId', inState('status', 'running', 'stopped'));
    const app = find(scene, 'appId', ({ id, reviewStatus }) => {
      const isThere = scene.cast
        .rows('installationId')
        .some((row) => row.appId === id && row.deviceId === device?.id);
      return reviewStatus === 'approved' && !isThere;
    });
    if (device === undefined) return { first: 'createDevice' };
    if (app === undefined) return { first: 'approveApp' };
    return { wholeBody: { deviceId: device.id, appId: app.id, ownerId: device.ownerId } };
  },
  /** Whether there is a later version or not: an update to the same changes nothing. */
  updateInstallation: (scene) => {
    const isBehind = find(scene, 'installationId', (row) => {
      const app = scene.cast.rows('appId').find(({ id }) => id === row.appId);
      const isLater = app !== undefined && app.currentVersion !== row.appVersion;
      return row.state === 'installed' && app?.reviewStatus === 'approved' && isLater;
    });
    if (isBehind !== undefined) return { params: { installationId: String(isBehind.id) } };
    const row = find(scene, 'installationId', inState('state', 'installed'));
    if (row === undefined) return { first: 'installApp' };
    scene.cast.note('appId', String(row.appId));
    return scene.random.chance(0.2)
      ? { params: { installationId: String(row.id) } }
      : { first: 'publishAppVersion' };
  },
  uninstallApp: about('installationId', {
    isFit: ({ state }) => state !== 'uninstalling',
    otherwise: { first: 'installApp' },
  }),
};
