import type { BffTools } from '@cloudphone/bff';
import { deviceSchema, idSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';

const SWITCHES = {
  start: { call: 'startDevice', event: 'device.started' },
  stop: { call: 'stopDevice', event: 'device.stopped' },
  restart: { call: 'restartDevice', event: 'device.started' },
} as const;

const switching = (direction: keyof typeof SWITCHES) => {
  const { call, event } = SWITCHES[direction];
  return ({ services, afterWrite }: BffTools) =>
    defineRoute({
      method: 'POST',
      path: `/admin/devices/:deviceId/${direction}`,
      summary: `Ask a device to ${direction}; it is followed by ${event}.`,
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
export const restartDevice = switching('restart');
