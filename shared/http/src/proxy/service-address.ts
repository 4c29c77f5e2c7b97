import { notFound } from '@cloudphone/errors';

const SAFE = /^[A-Za-z0-9._~-]{1,200}$/;

/**
 * The path at the service, its parameters filled in. What could be read as more than one segment,
 * or as a step upwards, names nothing that exists: not_found.
 */
export function serviceAddress(
  servicePath: string,
  given: {
    readonly params: Readonly<Record<string, unknown>>;
    readonly me: string | undefined;
    readonly search: string;
  },
): string {
  const path = servicePath.replace(/:(\w+)/g, (_, name: string) => {
    const value = name === 'me' ? given.me : given.params[name];
    if (typeof value !== 'string' || !SAFE.test(value) || /^\.+$/.test(value)) {
      throw notFound('address', servicePath);
    }
    return encodeURIComponent(value);
  });
  return path + given.search;
}
