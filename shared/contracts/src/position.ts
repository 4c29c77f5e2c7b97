/**
 * A place in the log. `epoch` names one unbroken life of the log's Redis; `seq` counts its entries
 * without holes. Positions of different epochs are not comparable.
 */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

const TOKEN = /^([A-Za-z0-9_-]{1,40})\.(\d{1,15})$/;
const EVENT_TOKEN = /^id:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** What a client presents to be shown nothing older: a position, or an event not yet in the log. */
export type ConsistencyToken =
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'event'; readonly eventId: string };

/** `epoch.seq`, the form that travels in `Consistency-Token` and in pushed events as `pos`. */
export function formatPosition(position: Position): string {
  return `${position.epoch}.${position.seq}`;
}

/** The token for a write whose event is not in the log yet: readers bypass caches until it is. */
export function formatEventToken(eventId: string): string {
  return `id:${eventId}`;
}

/** Undefined when the text is no token at all; a forged but well-formed one is judged by its reader. */
export function parseConsistencyToken(text: string): ConsistencyToken | undefined {
  const position = TOKEN.exec(text);
  if (position?.[1] && position[2]) {
    return { kind: 'position', position: { epoch: position[1], seq: Number(position[2]) } };
  }
  const event = EVENT_TOKEN.exec(text);
  return event?.[1] ? { kind: 'event', eventId: event[1] } : undefined;
}
