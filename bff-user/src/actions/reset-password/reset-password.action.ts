import type { BffTools } from '@cloudphone/bff';
import { newPasswordSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

/** 202 whoever has the address, or nobody: what comes of it comes by mail. */
export const requestPasswordReset = ({ services }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/auth/password/reset-request',
    summary: 'Have a link to choose a new password sent to an e-mail address, if it is known.',
    access: { kind: 'public' },
    body: z.strictObject({ email: z.email().max(200) }),
    answer: z.strictObject({}),
    status: 202,
    handle: async ({ body: { email }, remoteAddress: address }) => {
      await services.user.requestPasswordReset({ body: { email, address } });
      return { body: {} };
    },
  });

export const resetPassword = ({ services }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/auth/password/reset',
    summary: 'Choose a new password with the token of such a link: once, within half an hour.',
    access: { kind: 'public' },
    body: z.strictObject({ token: z.string().min(1).max(200), newPassword: newPasswordSchema }),
    status: 204,
    handle: async ({ body, remoteAddress: address }) => {
      await services.user.resetPassword({ body: { ...body, address } });
      return {};
    },
  });
