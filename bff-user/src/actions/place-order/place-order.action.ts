import type { BffTools } from '@cloudphone/bff';
import { idSchema, type Order, orderSchema } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

/**
 * Begins a purchase: 202 with the order, which is followed live. 409 quota_exceeded when the devices
 * in use, those of orders that wait for theirs and these would be more than the quota allows; 402
 * balance_too_low when the balance does not cover it.
 */
export const placeOrder = ({ services, afterWrite }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/me/orders',
    summary: 'Order devices; the order is followed live.',
    access: { kind: 'signed-in' },
    body: z.strictObject({ planId: idSchema, quantity: z.int().min(1).max(100).default(1) }),
    answer: orderSchema,
    status: 202,
    handle: async ({ body, identity, idempotencyKey }) => {
      const { userId } = identity;
      const [person] = await Promise.all([
        services.user.getUser({ params: { userId } }),
        requireQuota(services, { userId, wanted: body.quantity, idempotencyKey }),
      ]);
      const { name: userName, email: userEmail, tenantId } = person;
      const written = await services.billing.createOrder(
        { body: { ...body, userId, userName, userEmail, tenantId } },
        idempotencyKey === undefined ? {} : { idempotencyKey },
      );
      return afterWrite.reply(written);
    },
  });

/**
 * The user service counts a device when it is allocated; until then its order stands for it. An order
 * that was made already, by an attempt whose answer was lost, is not refused for the room it takes.
 */
async function requireQuota(
  services: BffTools['services'],
  order: { userId: string; wanted: number; idempotencyKey: string | undefined },
): Promise<void> {
  const { userId, wanted, idempotencyKey } = order;
  const openOrders = (status: Order['status']) =>
    services.billing.listOrders({ query: { userId, status, limit: 200 } });
  const [quota, created, paid] = await Promise.all([
    services.user.getQuota({ params: { userId } }),
    openOrders('created'),
    openOrders('paid'),
  ]);
  const onTheirWay = [...created.items, ...paid.items].reduce((sum, o) => sum + o.quantity, 0);
  const free = Math.max(0, quota.devicesLimit - quota.devicesUsed - onTheirWay);
  if (wanted <= free) return;
  if (idempotencyKey !== undefined) {
    const made = await services.billing.listOrders({ query: { userId, idempotencyKey, limit: 1 } });
    if (made.items.length > 0) return;
  }
  throw appError('quota_exceeded', { detail: `There is room for ${free} more.` });
}
