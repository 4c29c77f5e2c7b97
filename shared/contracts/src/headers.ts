/** Header names that BFFs, services and clients agree on, in the lower case Node reads them in. */
export const HEADERS = {
  /** What an answer was built from (tags.ts). */
  cacheTags: 'cache-tags',
  /** The instant, RFC 3339, at which the answer changes without any event. */
  cacheUntil: 'cache-until',
  /** The lowest version of the entity the caller accepts (a replica may lag). */
  minVersion: 'min-version',
  /** Ids of the events that a write caused, comma separated, in order. */
  eventIds: 'event-ids',
  /** position.ts, both ways. */
  consistencyToken: 'consistency-token',
  idempotencyKey: 'idempotency-key',
  requestDeadlineMs: 'x-request-deadline-ms',
  csrfProtection: 'x-csrf-protection',
  traceparent: 'traceparent',
  /** Signed by a BFF for services: who asks (service-clients, http). */
  internalIdentity: 'x-internal-identity',
} as const;
