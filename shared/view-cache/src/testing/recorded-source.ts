import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '@cloudphone/errors';
import { currentReadContext } from '@cloudphone/runtime';

/** A service of which a test decides what it knows, how long it takes and whether it works. */
export interface RecordedSource {
  /** What is true now, by tag. */
  readonly truth: Map<string, number>;
  /** What goes wrong when a tag is asked for. */
  readonly broken: Map<string, Error>;
  calls: number;
  delayMs: number;
  /** An answer leaves when this has resolved; it was read before. */
  gate: (tag: string) => Promise<void>;
  /** Its tag is known before the call is sent. */
  get(tag: string): Promise<number>;
  /** Which tags it depends on is only known from the reply. */
  find(...tags: string[]): Promise<number[]>;
}

export function createRecordedSource(): RecordedSource {
  const truth = new Map<string, number>();
  const broken = new Map<string, Error>();
  const ask = async (tags: readonly string[], areKnown: boolean): Promise<number[]> => {
    const call = currentReadContext()?.beginCall(areKnown ? tags : undefined);
    source.calls++;
    const failure = tags.map((tag) => broken.get(tag)).find((err) => err !== undefined);
    // The source reads what is true when it is asked; its answer takes its time.
    const found = tags.map((tag) => truth.get(tag) ?? 0);
    if (source.delayMs > 0) await sleep(source.delayMs);
    await source.gate(tags[0] ?? '');
    if (failure !== undefined) {
      if (isAppError(failure, 'not_found')) call?.answered({ tags: tags.map((tag) => ({ tag })) });
      else call?.failed();
      throw failure;
    }
    call?.answered({ tags: tags.map((tag) => ({ tag })) });
    return found;
  };
  const source: RecordedSource = {
    truth,
    broken,
    calls: 0,
    delayMs: 0,
    gate: () => Promise.resolve(),
    get: async (tag) => (await ask([tag], true))[0] ?? 0,
    find: (...tags) => ask(tags, false),
  };
  return source;
}
