import { createHash, randomBytes, randomUUID } from 'node:crypto';

const asUuid = (bytes: Buffer, version: number): string => {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
};

/** A random id (UUIDv4). */
export function randomId(): string {
  return randomUUID();
}

/** An id that sorts by the time it was made (UUIDv7, RFC 9562 §5.7). */
export function timeOrderedId(nowMs = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  return asUuid(bytes, 7);
}

/** The same id for the same name, always (UUIDv5, RFC 9562 §5.5). `namespace` is itself a UUID. */
export function namedId(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  return asUuid(hash.subarray(0, 16), 5);
}
