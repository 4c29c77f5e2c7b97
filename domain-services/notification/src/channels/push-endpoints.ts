/** Hosts of push services; `*.example.com` is every host below it. */
export type PushHosts = readonly string[];

/** Those of the browsers. */
export const PUSH_HOSTS: PushHosts = [
  'fcm.googleapis.com',
  'updates.push.services.mozilla.com',
  '*.push.apple.com',
  '*.notify.windows.com',
];

/**
 * Whether an address that a browser gave is one of a push service. What people send us must not make
 * us call anybody else: only listed hosts, only over TLS unless the host is listed with its port.
 */
export function isPushEndpoint(endpoint: string, hosts: PushHosts): boolean {
  if (!URL.canParse(endpoint)) return false;
  const url = new URL(endpoint);
  if (url.username !== '' || url.password !== '') return false;
  if (hosts.includes(url.host) && url.port !== '') {
    return url.protocol === 'http:' || url.protocol === 'https:';
  }
  if (url.protocol !== 'https:' || url.port !== '') return false;
  return hosts.some((host) =>
    host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host,
  );
}
