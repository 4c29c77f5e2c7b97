/** Where the last events are, for writers that wait for their own: bounded, oldest forgotten first. */
export interface RecentEvents {
  add(eventId: string, seq: number): void;
  seqOf(eventId: string): number | undefined;
  /** Forgets those after `seq`: this log has lost them. */
  forgetAfter(seq: number): void;
}

const KEPT_EVENTS = 20_000;

export function createRecentEvents(): RecentEvents {
  const seqs = new Map<string, number>();
  return {
    add: (eventId, seq) => {
      seqs.set(eventId, seq);
      if (seqs.size <= KEPT_EVENTS) return;
      for (const oldest of seqs.keys()) {
        seqs.delete(oldest);
        return;
      }
    },
    seqOf: (eventId) => seqs.get(eventId),
    forgetAfter: (lastSeq) => {
      for (const [eventId, seq] of seqs) if (seq > lastSeq) seqs.delete(eventId);
    },
  };
}
