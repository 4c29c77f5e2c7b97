import type { BffTools } from '@cloudphone/bff';
import { idSchema, personChangesSchema, personSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

/** Changes a person's fields; `If-Match` guards against overwriting somebody else's change. */
export const updateUser = ({ services, afterWrite }: BffTools) =>
  defineRoute({
    method: 'PATCH',
    path: '/admin/users/:userId',
    summary: 'Change a person.',
    access: { kind: 'permission', permission: 'users:write' },
    params: z.strictObject({ userId: idSchema }),
    body: personChangesSchema,
    answer: personSchema,
    handle: async ({ params, body, headers }) => {
      const ifMatch = headers['if-match'];
      const written = await services.user.updateUser(
        { params, body },
        ifMatch === undefined ? {} : { ifMatch },
      );
      return afterWrite.reply(written);
    },
  });
