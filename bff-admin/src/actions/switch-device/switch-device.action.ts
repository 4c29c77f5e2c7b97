import type { BffTools } from '@cloudphone/bff';
import { deviceSchema, idSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

const switching = (direction: 'start' | 'stop') => {
  const call = direction === 'start' ? ('startDevice' as const) : ('stopDevice' as const);
  return ({ services, afterWrite }: BffTools) =>
    defineRoute({
      method: 'POST',
      path: `/admin/devices/:deviceId/${direction}`,
      summary: `Ask a device to ${direction}; it is followed by device.${direction === 'start' ? 'started' : 'stopped'}.`,
      access: { kind: 'permission', permission: 'devices:write' },
      params: z.strictObject({ deviceId: idSchema }),
      answer: deviceSchema,
      status: 202,
      handle: async ({ params }) => afterWrite.reply(await services.device[call]({ params })),
    });
};

/** 202: it has begun; the outcome is an event. */
export const startDevice = switching('start');
export const stopDevice = switching('stop');
