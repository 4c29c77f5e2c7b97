import type { SocketRules } from '@cloudphone/bff';
import { channels, parseChannel } from '@cloudphone/contracts';

/** What staff hear by themselves, and what they may ask for. */
export const sockets: SocketRules = {
  channelsOf: ({ userId, tenantId, permissions }) => [
    channels.user(userId),
    channels.tenant(tenantId),
    channels.admin(),
    channels.broadcast(),
    ...permissions.map(channels.adminWith),
  ],
  maySubscribe: ({ permissions }, channel) => {
    const name = parseChannel(channel);
    if (name?.kind === 'admin-device') return permissions.includes('devices:read');
    if (name?.kind === 'campaign') return permissions.includes('campaigns:read');
    return false;
  },
};
