/**
 * Every key shape there is. A family whose keys one script or one transaction touches together has a
 * fixed hash tag (`{…}`), so that a Cluster keeps it on one node; all other keys spread freely.
 */
export const keys = {
  /** Clock, stream, watermarks and dedupe marks of the log: one slot, on `REDIS_LOG_URL`. */
  log: {
    /** Hash: epoch, seq, base, run_id, beats. */
    clock: () => '{log}:clock',
    /** Stream; its ids are `<seq>-0`. */
    stream: () => '{log}:stream',
    /** `<epoch>.<seq>` under which an event of no outbox was appended. */
    seenEvent: (eventId: string) => `{log}:seen:${eventId}`,
    /** String: six bytes for each of 4,000 rows of an outbox, the seq it was appended under or 0. */
    seenSlots: (source: string, chunk: number) => `{log}:slots:${source}:${chunk}`,
    /** Hash: each group of followers to the `<epoch>.<seq>` it has read. */
    groups: () => '{log}:groups',
    /** Sorted set: each group by the time at which it was last heard of. */
    groupSightings: () => '{log}:group-sightings',
    /** Sorted set: `<epoch>.<seq>` by the time at which that was the last row. */
    checkpoints: () => '{log}:checkpoints',
    /** The seq of the last row that named a tag. */
    watermark: (tag: string) => `{log}:wm:${tag}`,
  },
  /** One campaign's ledger: its scripts touch all five together. */
  campaign: {
    /** Hash: facts and counters. */
    ledger: (batchId: string) => `{b:${batchId}}:ledger`,
    /** String: one byte for each channel and recipient. */
    states: (batchId: string) => `{b:${batchId}}:states`,
    /** Hash: who holds a claimed recipient and until when. */
    holds: (batchId: string) => `{b:${batchId}}:holds`,
    /** Set of chunks handed to the queue. */
    openChunks: (batchId: string) => `{b:${batchId}}:open`,
    /** Bitmap of chunks that are mirrored. */
    doneChunks: (batchId: string) => `{b:${batchId}}:done`,
  },
  /** BullMQ's keys; it builds the rest of them itself. */
  jobs: {
    prefix: () => '{bull}',
  },
  /** Views of one cache (`namespace`) and the leases of those being loaded: they spread freely. */
  view: {
    /** String: one JSON line, then the body's bytes. */
    entry: (namespace: string, key: string) => `view:${namespace}:${key}`,
    /** String: whoever loads it. */
    lease: (namespace: string, key: string) => `view-lease:${namespace}:${key}`,
    /** Pub/Sub channel: keys whose lease was given back. */
    released: (namespace: string) => `view-released:${namespace}`,
    /** Hash: each entry to `<bytes>:<when it expires>`, so that all keep a budget of bytes. */
    ledger: (namespace: string) => `view-ledger:{${namespace}}:entries`,
    /** String: the sum of the ledger, bytes. */
    ledgerTotal: (namespace: string) => `view-ledger:{${namespace}}:total`,
    /** Sorted set: what was asked for in an hour (counted since 1970), by how often. */
    heat: (namespace: string, hour: number) => `view-heat:${namespace}:${hour}`,
  },
  /** String: a log-in that lives here, under the hash of its secret id. */
  session: (idHash: string) => `session:${idHash}`,
  /** String: whoever renews a session's tokens now. */
  sessionRenewal: (idHash: string) => `session-renewal:${idHash}`,
  /** Counter of what is handed out of one person's or address's window. */
  limitWindow: (key: string, window: number) => `limit:${key}:${window}`,
  /** When a provider's or a campaign's next unit is due, in microseconds: several are taken at once. */
  sendingLimit: (name: string) => `{sending}:limit:${name}`,
  /** Hash: fingerprint of a request and its claim or its answer. */
  idempotency: (namespace: string, key: string) => `idempotency:${namespace}:${key}`,
  /** Something that one process does for all, by name: who is at it, and how often it was done. */
  turn: {
    taken: (name: string) => `turn:{${name}}:taken`,
    number: (name: string) => `turn:{${name}}:number`,
  },
} as const;
