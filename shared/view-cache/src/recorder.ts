import type { ReadContext, RecordedCall, SourceAnswer } from '@cloudphone/runtime';

/** What a load, or one part of it, turned out to be built from. */
export interface Recorder extends ReadContext {
  readonly tags: ReadonlySet<string>;
  /** Calls under way whose tags only their replies will tell: until then it may be built from anything. */
  readonly openUnknown: number;
  /** A call failed without telling its tags: nothing would drop what was made without its answer. */
  readonly hasLostTags: boolean;
  /** A source answered with a lower version than is known to exist. */
  readonly isLagging: boolean;
  /** Epoch ms; Infinity when no answer changes by itself. */
  readonly changesAtMs: number;
}

/** `parent` hears everything too. Versions known to exist come from `versionOf`. */
export function createRecorder(
  versionOf: (tag: string) => number | undefined,
  parent?: ReadContext,
): Recorder {
  const tags = new Set<string>();
  let openUnknown = 0;
  let hasLostTags = false;
  let isLagging = false;
  let changesAtMs = Number.POSITIVE_INFINITY;

  const noteAnswer = (answer: SourceAnswer): void => {
    for (const { tag, version } of answer.tags) {
      tags.add(tag);
      if (version !== undefined && version < (versionOf(tag) ?? 0)) isLagging = true;
    }
    changesAtMs = Math.min(changesAtMs, answer.changesAtMs ?? Number.POSITIVE_INFINITY);
  };

  const beginCall = (knownTags: readonly string[] | undefined): RecordedCall => {
    const heardAbove = parent?.beginCall(knownTags);
    let isOpen = true;
    if (knownTags === undefined) openUnknown++;
    for (const tag of knownTags ?? []) tags.add(tag);
    const end = (note: () => void): void => {
      if (!isOpen) return;
      isOpen = false;
      if (knownTags === undefined) openUnknown--;
      note();
    };
    return {
      answered: (answer) => {
        end(() => noteAnswer(answer));
        heardAbove?.answered(answer);
      },
      failed: () => {
        end(() => {
          if (knownTags === undefined) hasLostTags = true;
        });
        heardAbove?.failed();
      },
    };
  };

  return {
    tags,
    get openUnknown() {
      return openUnknown;
    },
    get hasLostTags() {
      return hasLostTags;
    },
    get isLagging() {
      return isLagging;
    },
    get changesAtMs() {
      return changesAtMs;
    },
    beginCall,
    minVersionOf: versionOf,
  };
}
