import {
  about,
  find,
  inHours,
  inState,
  type Recipe,
  type Recipes,
  somebodyElse,
} from './recipe.ts';

const price = (row: { readonly price?: unknown }) =>
  Number((row.price as { readonly amount: number }).amount);

/** By somebody else than who asked for it. */
const decided: Recipe = about('refundId', {
  isFit: inState('status', 'requested'),
  otherwise: { first: 'requestRefund' },
  draft: ({ requestedBy }) => ({ as: somebodyElse(requestedBy) }),
});

export const billingRecipes: Recipes = {
  createPlan: ({ random }) => ({
    body: {
      code: `plan-${random.below(1_000_000)}`,
      name: `Plan ${random.below(1_000_000)}`,
      price: { amount: 1 + random.below(3_000), currency: 'CNY' },
      durationDays: 1 + random.below(60),
    },
  }),
  updatePlan: about('planId', {
    otherwise: { first: 'createPlan' },
    draft: (_, { random }) => ({
      wholeBody: {
        name: `Plan ${random.below(1_000_000)}`,
        ...(random.chance(0.5) ? { price: { amount: random.below(3_000), currency: 'CNY' } } : {}),
        ...(random.chance(0.2) ? { isRetired: random.chance(0.5) } : {}),
      },
    }),
  }),
  createOrder: (scene) => {
    const person = find(scene, 'userId');
    const plan = find(scene, 'planId', ({ isRetired }) => isRetired === false);
    if (person === undefined) return { first: 'createUser' };
    if (plan === undefined) return { first: 'createPlan' };
    const balance = scene.cast.rows('balance').find(({ userId }) => userId === person.id);
    const { amount = 0 } = (balance?.balance ?? {}) as { readonly amount?: number };
    // Now and then without enough: that fails the order instead.
    if (amount < price(plan) && scene.random.chance(0.8)) {
      return { first: 'createPayment', with: { amount: 100_000 } };
    }
    const { id, name, email, tenantId } = person;
    return {
      wholeBody: {
        ...{ userId: id, userName: name, userEmail: email, tenantId },
        ...{ planId: plan.id, quantity: 1 },
      },
    };
  },
  cancelOrder: about('orderId', {
    isFit: inState('status', 'created', 'paid'),
    otherwise: { first: 'createOrder', isHurried: true },
  }),
  createPayment: ({ cast, random }) => ({
    params: { userId: cast.pick('userId') ?? '' },
    body: { amount: 1_000 + random.below(50_000) },
  }),
  requestRefund: (scene) => {
    const isAsked = (orderId: unknown) =>
      scene.cast
        .rows('refundId')
        .some((row) => row.orderId === orderId && row.status === 'requested');
    const order = find(
      scene,
      'orderId',
      ({ id, status }) => status === 'fulfilled' && !isAsked(id),
    );
    if (order === undefined) return { first: 'createOrder' };
    return { wholeBody: { orderId: order.id, reason: `since ${inHours(-1)}` } };
  },
  approveRefund: decided,
  rejectRefund: decided,
};
