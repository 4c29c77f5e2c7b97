import { upstreamUnavailable } from '@cloudphone/errors';
import type { ReadContext, RecordedCall, SourceAnswer } from '@cloudphone/runtime';

/** What the log has told of versions that an answer of this load must not be below. */
export interface ToldVersions {
  latest(tag: string): number | undefined;
  hasLater(tag: string, version: number): boolean;
  hasLaterAccess(tag: string, version: number): boolean;
}

/** What a load, or one part of it, turned out to be built from. */
export interface Recorder extends ReadContext {
  readonly tags: ReadonlySet<string>;
  /** Calls under way whose tags only their replies will tell: until then it may be built from anything. */
  readonly openUnknown: number;
  /** A call failed without telling its tags: nothing would drop what was made without its answer. */
  readonly hasLostTags: boolean;
  /** A source answered and named nothing: what was made of that answer no event can drop. */
  readonly hasUntoldAnswer: boolean;
  /** Versions that sources answered with, the lowest for each tag. */
  readonly versions: ReadonlyMap<string, number>;
  /** Tags of which a source answered with a version below one that was known when the load began. */
  laggingTags(): readonly string[];
  /** There are such tags, or there were and their answer was refused. */
  readonly isLagging: boolean;
  /** One of them was answered from before somebody lost the right to see it. */
  readonly isBehindAccess: boolean;
  /** Epoch ms; Infinity when no answer changes by itself. */
  readonly changesAtMs: number;
}

/** `parent` hears everything too. */
export function createRecorder(told: ToldVersions, parent?: ReadContext): Recorder {
  const tags = new Set<string>();
  const versions = new Map<string, number>();
  let openUnknown = 0;
  let hasLostTags = false;
  let hasUntoldAnswer = false;
  let hasRefused = false;
  let changesAtMs = Number.POSITIVE_INFINITY;

  const noteAnswer = (answer: SourceAnswer): void => {
    for (const { tag, version } of answer.tags) {
      tags.add(tag);
      if (version === undefined) continue;
      // What is refused is in no answer.
      if (told.hasLaterAccess(tag, version)) hasRefused = true;
      else versions.set(tag, Math.min(version, versions.get(tag) ?? version));
    }
    changesAtMs = Math.min(changesAtMs, answer.changesAtMs ?? Number.POSITIVE_INFINITY);
  };

  const refuseLost = ({ tags: answered }: SourceAnswer): void => {
    for (const { tag, version } of answered) {
      if (version === undefined || !told.hasLaterAccess(tag, version)) continue;
      throw upstreamUnavailable(
        'source',
        `${tag} is from before somebody lost the right to see it`,
      );
    }
  };
  // What the log tells of meanwhile may be of before the load: asked anew each time.
  const laggingTags = (): readonly string[] =>
    [...versions].flatMap(([tag, version]) => (told.hasLater(tag, version) ? [tag] : []));

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
        end(() => {
          noteAnswer(answer);
          if (answer.tags.length + (knownTags ?? []).length === 0) hasUntoldAnswer = true;
        });
        heardAbove?.answered(answer);
        refuseLost(answer);
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
    get hasUntoldAnswer() {
      return hasUntoldAnswer;
    },
    versions,
    laggingTags,
    get isLagging() {
      return hasRefused || laggingTags().length > 0;
    },
    get isBehindAccess() {
      return [...versions].some(([tag, version]) => told.hasLaterAccess(tag, version));
    },
    get changesAtMs() {
      return changesAtMs;
    },
    beginCall,
    minVersionOf: told.latest,
  };
}
