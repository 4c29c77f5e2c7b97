/** A channel is what a socket hears. It has exactly one audience, so its payloads are one projection. */
export const channels = {
  user: (id: string) => `user:${id}`,
  device: (id: string) => `device:${id}`,
  adminDevice: (id: string) => `admin:device:${id}`,
  admin: () => 'admin',
  adminWith: (permission: string) => `admin:${permission}`,
  campaign: (batchId: string) => `campaign:${batchId}`,
  broadcast: () => 'broadcast',
  /** The people of one tenant; sockets are put in by the server only. */
  tenant: (tenantId: string) => `tenant:${tenantId}`,
} as const;

export type ChannelName =
  | { readonly kind: 'user' | 'device' | 'admin-device' | 'campaign'; readonly id: string }
  | { readonly kind: 'admin-with'; readonly permission: string }
  | { readonly kind: 'admin' | 'broadcast' };

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const WITH_ID = new RegExp(`^(user|device|admin:device|campaign):(${UUID})$`);
const WITH_PERMISSION = /^admin:([a-z]+:[a-z]+)$/;

/** Undefined when the text names no channel. */
export function parseChannel(text: string): ChannelName | undefined {
  if (text === 'admin' || text === 'broadcast') return { kind: text };
  const withId = WITH_ID.exec(text);
  if (withId?.[1] && withId[2]) {
    const kind = withId[1] === 'admin:device' ? 'admin-device' : withId[1];
    return { kind: kind as 'user' | 'device' | 'admin-device' | 'campaign', id: withId[2] };
  }
  const permission = WITH_PERMISSION.exec(text)?.[1];
  return permission === undefined ? undefined : { kind: 'admin-with', permission };
}
