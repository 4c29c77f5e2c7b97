import type { BffTools } from '@cloudphone/bff';
import { deletedPersonSchema, idSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

/** Ends an account; with `erase=true`, which may also come later, every service forgets it. */
export const deleteUser = ({ services, afterWrite }: BffTools) =>
  defineRoute({
    method: 'DELETE',
    path: '/admin/users/:userId',
    summary: 'Delete a person: their log-ins and devices end; with erase, what is personal, too.',
    access: { kind: 'permission', permission: 'users:write' },
    params: z.strictObject({ userId: idSchema }),
    query: z.strictObject({ erase: z.enum(['true', 'false']).default('false') }),
    answer: deletedPersonSchema,
    handle: async ({ params, query }) =>
      afterWrite.reply(await services.user.deleteUser({ params, query })),
  });
