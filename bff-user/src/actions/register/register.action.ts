import type { BffTools } from '@cloudphone/bff';
import { registeredSchema, registrationSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';

/** The answer says nothing that was not sent: it is the same for an e-mail address that is taken. */
export const register = ({ services }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/auth/register',
    summary: 'Open an account of one’s own.',
    access: { kind: 'public' },
    body: registrationSchema,
    answer: registeredSchema,
    status: 201,
    handle: async ({ body, remoteAddress: address }) => {
      const { answer } = await services.user.registerUser({ body: { ...body, address } });
      return { body: answer };
    },
  });
