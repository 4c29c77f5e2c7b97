import { expect, test } from 'vitest';
import { placeOrder } from './place-order.action.ts';

const [userId, planId] = [crypto.randomUUID(), crypto.randomUUID()];
const LIMIT = 3;

interface Made {
  readonly quantity: number;
  readonly key: string | undefined;
}

/** A person with room for three devices, and a billing service that keeps orders by their keys. */
function world() {
  const orders: Made[] = [];
  const createOrder = async (
    { body }: { body: { quantity: number } },
    { idempotencyKey: key }: { idempotencyKey?: string } = {},
  ) => {
    const before = key === undefined ? undefined : orders.find((made) => made.key === key);
    const order = before ?? { quantity: body.quantity, key };
    if (before === undefined) orders.push(order);
    return order;
  };
  const listOrders = async (call: { query: { status?: string; idempotencyKey?: string } }) => {
    const { status, idempotencyKey } = call.query;
    if (idempotencyKey !== undefined) {
      return { items: orders.filter(({ key }) => key === idempotencyKey) };
    }
    return { items: status === 'created' ? orders : [] };
  };
  const { handle } = placeOrder({
    services: {
      user: {
        getUser: async () => ({ name: 'Ann', email: 'ann@example.com', tenantId: 't1' }),
        getQuota: async () => ({ devicesLimit: LIMIT, devicesUsed: 0 }),
      },
      billing: { createOrder, listOrders },
    },
    afterWrite: { reply: (written: unknown) => written },
  } as never);
  const order = (quantity: number, idempotencyKey?: string) =>
    handle({ body: { planId, quantity }, identity: { userId }, idempotencyKey } as never);
  return { order, orders };
}

test('an order takes what room there is, and no more', async () => {
  const { order, orders } = world();
  await order(2);
  await expect(order(2)).rejects.toMatchObject({ code: 'quota_exceeded' });
  await order(1);
  await expect(order(1)).rejects.toMatchObject({ code: 'quota_exceeded' });
  expect(orders).toHaveLength(2);
});

test('asked again under its key after its answer was lost, an order is not refused for its own room', async () => {
  const { order, orders } = world();
  const first = await order(LIMIT, 'the key of the first');
  expect(await order(LIMIT, 'the key of the first')).toBe(first);
  expect(orders).toHaveLength(1);
  await expect(order(1, 'another key')).rejects.toMatchObject({ code: 'quota_exceeded' });
});
