import type { BffTools } from '@cloudphone/bff';
import { idSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';
import { presentOwnDevice } from '../../views/my-devices/my-devices.present.ts';
import { requireMyDevice } from '../require-my-device.ts';

const CALLS = { start: 'startDevice', stop: 'stopDevice', restart: 'restartDevice' } as const;

const switching = (direction: keyof typeof CALLS) => {
  const call = CALLS[direction];
  return ({ services, afterWrite }: BffTools) =>
    defineRoute({
      method: 'POST',
      path: `/me/devices/:deviceId/${direction}`,
      summary: `Ask one of my devices to ${direction}; it is followed live.`,
      access: { kind: 'signed-in' },
      params: z.strictObject({ deviceId: idSchema }),
      status: 202,
      handle: async ({ params, identity }) => {
        await requireMyDevice(services, { deviceId: params.deviceId, userId: identity.userId });
        const { answer, eventIds } = await services.device[call]({ params });
        return afterWrite.reply({ answer: presentOwnDevice(answer), eventIds });
      },
    });
};

/** 202: it has begun; the outcome is an event. Somebody else's device is not found. */
export const startMyDevice = switching('start');
export const stopMyDevice = switching('stop');
export const restartMyDevice = switching('restart');
