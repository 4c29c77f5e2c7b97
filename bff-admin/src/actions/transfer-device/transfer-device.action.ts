import type { BffTools } from '@cloudphone/bff';
import { deviceSchema, idSchema } from '@cloudphone/contracts';
import { invalidInput, isAppError, stateConflict } from '@cloudphone/errors';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

/** Gives a device to another person, who has to exist and to be active. Its former owner loses it. */
export const transferDevice = ({ services, afterWrite }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/admin/devices/:deviceId/transfer',
    summary: 'Give a device to another person; it is wiped.',
    access: { kind: 'permission', permission: 'devices:write' },
    params: z.strictObject({ deviceId: idSchema }),
    body: z.strictObject({ userId: idSchema }),
    answer: deviceSchema,
    handle: async ({ params, body: { userId } }) => {
      await services.device.getDevice({ params });
      const person = await services.user.getUser({ params: { userId } }).catch((err: unknown) => {
        if (!isAppError(err, 'not_found')) throw err;
        throw invalidInput([{ path: 'body.userId', message: 'there is no such person' }]);
      });
      if (person.status !== 'active') {
        throw stateConflict('user', userId, 'This person is suspended.');
      }
      const body = {
        userId,
        userName: person.name,
        userEmail: person.email,
        tenantId: person.tenantId,
        userVersion: person.version,
      };
      return afterWrite.reply(await services.device.transferDevice({ params, body }));
    },
  });
