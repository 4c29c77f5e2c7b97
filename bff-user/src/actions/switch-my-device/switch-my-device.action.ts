import type { BffTools } from '@cloudphone/bff';
import { idSchema } from '@cloudphone/contracts';
import { notFound } from '@cloudphone/errors';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';
import { presentOwnDevice } from '../../views/my-devices/my-devices.present.ts';

const switching = (direction: 'start' | 'stop') => {
  const call = direction === 'start' ? ('startDevice' as const) : ('stopDevice' as const);
  return ({ services, afterWrite }: BffTools) =>
    defineRoute({
      method: 'POST',
      path: `/me/devices/:deviceId/${direction}`,
      summary: `Ask one of my devices to ${direction}; it is followed live.`,
      access: { kind: 'signed-in' },
      params: z.strictObject({ deviceId: idSchema }),
      status: 202,
      handle: async ({ params, identity }) => {
        const device = await services.device.getDevice({ params });
        if (device.ownerId !== identity.userId) throw notFound('device', params.deviceId);
        const { answer, eventIds } = await services.device[call]({ params });
        return afterWrite.reply({ answer: presentOwnDevice(answer), eventIds });
      },
    });
};

/** 202: it has begun; the outcome is an event. Somebody else's device is not found. */
export const startMyDevice = switching('start');
export const stopMyDevice = switching('stop');
