import { createContextSlot } from './context-slot.ts';

/** What one answer of a source says that it was built from. */
export interface SourceAnswer {
  readonly tags: readonly { readonly tag: string; readonly version?: number }[];
  /** Epoch ms at which it changes by itself; undefined: by events only. */
  readonly changesAtMs?: number;
}

/** A call to a source while a view is being loaded. Exactly one of its two ends is reported. */
export interface RecordedCall {
  /** Throws upstream_unavailable for an answer that must not be used: the call has failed, then. */
  answered(answer: SourceAnswer): void;
  /** No answer: what it would have depended on stays unknown unless its tags were known before. */
  failed(): void;
}

/**
 * What a load was built from, found rather than written: clients of services write here, the view
 * cache reads here, and neither knows the other.
 */
export interface ReadContext {
  /** Name of the view being loaded, for metrics. */
  readonly view?: string;
  /**
   * Called before a request is sent. `knownTags` undefined: only the reply will tell, so until then
   * the load may depend on anything.
   */
  beginCall(knownTags: readonly string[] | undefined): RecordedCall;
  /** The lowest version of a tag's entity that is known to exist; a lagging answer is behind it. */
  minVersionOf(tag: string): number | undefined;
}

const slot = createContextSlot<ReadContext>('read');

/** Runs a load; everything it awaits sees `context`. */
export function runInReadContext<Result>(context: ReadContext, run: () => Result): Result {
  return slot.run(context, run);
}

/** Undefined outside a load: nothing is recorded then. */
export function currentReadContext(): ReadContext | undefined {
  return slot.current();
}
