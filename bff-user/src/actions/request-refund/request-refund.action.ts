import type { BffTools } from '@cloudphone/bff';
import { idSchema, refundSchema } from '@cloudphone/contracts';
import { notFound } from '@cloudphone/errors';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

/** What the person is told of their request: not who decides it. */
const ownRefundSchema = refundSchema.omit({ requestedBy: true, decidedBy: true });

/** Asks for the price of one of my orders back; somebody else's order is not found. */
export const requestRefund = ({ services, afterWrite }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/me/orders/:orderId/refund-request',
    summary: 'Ask for the price of one of my orders back; the answer comes live.',
    access: { kind: 'signed-in' },
    params: z.strictObject({ orderId: idSchema }),
    body: z.strictObject({ reason: z.string().trim().min(1).max(500) }),
    answer: ownRefundSchema,
    status: 202,
    handle: async ({ params, body, identity, idempotencyKey }) => {
      const { orderId } = params;
      const order = await services.billing.getOrder({ params });
      if (order.userId !== identity.userId) throw notFound('order', orderId);
      const written = await services.billing.requestRefund(
        { body: { orderId, reason: body.reason } },
        idempotencyKey === undefined ? {} : { idempotencyKey },
      );
      return afterWrite.reply(written);
    },
  });
