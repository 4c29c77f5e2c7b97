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
    /** `<epoch>.<seq>` under which an event was appended. */
    seenEvent: (eventId: string) => `{log}:seen:${eventId}`,
    /** The seq of the last row that named a tag. */
    watermark: (tag: string) => `{log}:wm:${tag}`,
  },
} as const;
