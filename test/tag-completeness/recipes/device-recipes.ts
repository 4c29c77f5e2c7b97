import type { Row } from '../cast.ts';
import { about, find, inHours, inState, type Recipe, type Recipes } from './recipe.ts';

const ofDevice = (states: readonly string[], otherwise: string): Recipe =>
  about('deviceId', { isFit: inState('status', ...states), otherwise: { first: otherwise } });

const isMade = ({ name }: Row) => !String(name).startsWith('phone-');

export const deviceRecipes: Recipes = {
  startDevice: ofDevice(['stopped', 'error'], 'stopDevice'),
  stopDevice: ofDevice(['running', 'unreachable'], 'startDevice'),
  restartDevice: ofDevice(['running', 'unreachable', 'error'], 'startDevice'),
  createDevice: ({ random }) => ({
    wholeBody: {
      name: `made ${random.below(1_000_000)}`,
      model: 'CP Standard',
      androidVersion: '13',
    },
  }),
  updateDevice: about('deviceId', {
    isFit: (row) => row.status !== 'deleting' && row.status !== 'creating',
    otherwise: { first: 'createDevice' },
    draft: (row, { random }) => ({
      wholeBody: {
        ...(random.chance(0.6) ? { name: `called ${random.below(1_000_000)}` } : {}),
        expiresAt: row.ownerId === null ? null : inHours(1 + random.below(1_000)),
      },
    }),
  }),
  transferDevice: about('deviceId', {
    isFit: ({ status }) => status !== 'deleting' && status !== 'creating',
    otherwise: { first: 'createDevice' },
    draft: (device, scene) => {
      const person = find(scene, 'userId', ({ id }) => id !== device.ownerId) ?? {};
      const { id, name, email, tenantId, version } = person;
      const known = { userId: id, userName: name, userEmail: email, tenantId };
      return { wholeBody: { ...known, userVersion: version } };
    },
  }),
  deleteDevice: (scene) => {
    const isToGo = scene.random.chance(0.2)
      ? ({ status }: Row) => status !== 'creating'
      : (row: Row) => isMade(row) && row.status !== 'creating';
    const row = find(scene, 'deviceId', isToGo);
    return row === undefined ? { first: 'createDevice' } : { params: { deviceId: String(row.id) } };
  },
  createNode: ({ random }) => ({
    wholeBody: { name: `node-x${random.below(1_000_000)}`, capacity: 10 + random.below(20) },
  }),
  updateNode: about('nodeName', {
    otherwise: { first: 'createNode' },
    draft: ({ name, used }, { random }) => ({
      params: { nodeName: String(name) },
      wholeBody: { capacity: Number(used) + 20 + random.below(50), isDraining: random.chance(0.2) },
    }),
  }),
};
