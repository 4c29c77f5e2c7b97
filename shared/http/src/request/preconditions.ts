import type { IncomingHttpHeaders } from 'node:http';
import { invalidInput } from '@cloudphone/errors';

const VERSION = /^(?:W\/)?"?v?(\d{1,15})"?$/;

/** The ETag of an entity at a version. */
export function versionEtag(version: number): string {
  return `"${version}"`;
}

/**
 * The version that `If-Match` asks for; undefined when the caller does not ask (no header, or `*`).
 * Throws invalid_input when it is no version that `ETag` ever named.
 */
export function parseIfMatch(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['if-match'];
  if (text === undefined || text.trim() === '*') return undefined;
  const version = VERSION.exec(text.trim())?.[1];
  if (version === undefined) {
    throw invalidInput([{ path: 'headers.if-match', message: 'the ETag of an earlier answer' }]);
  }
  return Number(version);
}

/** Whether the caller holds that representation already (RFC 9110 §13.1.2, weak comparison). */
export function isKnownToCaller(headers: IncomingHttpHeaders, etag: string | undefined): boolean {
  const known = headers['if-none-match'];
  if (known === undefined || etag === undefined) return false;
  if (known.trim() === '*') return true;
  const plain = (tag: string) => tag.trim().replace(/^W\//, '');
  return known.split(',').some((tag) => plain(tag) === plain(etag));
}
