import { notFound, upstreamUnavailable } from '@cloudphone/errors';
import { createManualClock, randomId } from '@cloudphone/runtime';
import { expect, it } from 'vitest';
import { createCompleteValues } from './password-reset.ts';

const clock = createManualClock();
const resetId = randomId();
const completing = (readPasswordReset: () => Promise<{ token: string; leftMs: number }>) =>
  createCompleteValues({
    user: {
      readPasswordReset: async () => {
        const { token, leftMs } = await readPasswordReset();
        const expiresAt = new Date(clock.now() + leftMs).toISOString();
        return { userId: randomId(), token, expiresAt };
      },
    },
    publicOrigin: 'https://phones.example',
    clock,
  });

it('a password reset gets its link when the mail leaves, behind what browsers send', async () => {
  const complete = completing(async () => ({ token: 'a/b', leftMs: 90_000 }));
  expect(await complete('user.password_reset', { resetId })).toEqual({
    resetUrl: 'https://phones.example/app/reset-password#a%2Fb',
    minutes: 2,
  });
  expect(await complete('device.error', { deviceName: 'x' })).toEqual({ deviceName: 'x' });
});

it('a password reset that is used or over is not sent; one that cannot be read is tried again', async () => {
  const used = completing(async () => {
    throw notFound('password reset', resetId);
  });
  expect(await used('user.password_reset', { resetId })).toBeUndefined();
  const over = completing(async () => ({ token: 'x', leftMs: 0 }));
  expect(await over('user.password_reset', { resetId })).toBeUndefined();
  const away = completing(async () => {
    throw upstreamUnavailable('user', 'away');
  });
  await expect(away('user.password_reset', { resetId })).rejects.toThrow();
});
