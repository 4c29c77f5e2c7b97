import type { SocketRules } from '@cloudphone/bff';
import { channels, parseChannel } from '@cloudphone/contracts';

/** What people hear by themselves, and what they may ask for: their own devices. */
export const sockets: SocketRules = {
  channelsOf: ({ userId, tenantId }) => [
    channels.user(userId),
    channels.tenant(tenantId),
    channels.broadcast(),
  ],
  maySubscribe: async ({ userId }, channel, { services }) => {
    const name = parseChannel(channel);
    if (name?.kind !== 'device') return false;
    const device = await services.device.getDevice({ params: { deviceId: name.id } });
    return device.ownerId === userId;
  },
};
