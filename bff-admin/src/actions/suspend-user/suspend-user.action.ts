import type { BffTools } from '@cloudphone/bff';
import { idSchema, personSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

const deciding = (decision: 'suspend' | 'reactivate') => {
  const call = decision === 'suspend' ? ('suspendUser' as const) : ('reactivateUser' as const);
  return ({ services, afterWrite }: BffTools) =>
    defineRoute({
      method: 'POST',
      path: `/admin/users/:userId/${decision}`,
      summary:
        decision === 'suspend'
          ? 'Suspend a person: their log-ins and sockets end everywhere.'
          : 'Let a suspended person in again.',
      access: { kind: 'permission', permission: 'users:write' },
      params: z.strictObject({ userId: idSchema }),
      answer: personSchema,
      handle: async ({ params }) => afterWrite.reply(await services.user[call]({ params })),
    });
};

export const suspendUser = deciding('suspend');
export const reactivateUser = deciding('reactivate');
