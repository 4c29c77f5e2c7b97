import { answerParent } from '../child-program.ts';
import { type OpenRelay, openDatabase, openRelay, type RelayPlace } from './open-relay.ts';

/** A relay in a process of its own, as that of another replica: started, then asked what it took. */
export type RelayQuestion = { readonly start: RelayPlace } | { readonly after: number };

export interface RelayAnswer {
  /** Of the appends after so many: ids, and when the log said that it has them. */
  readonly taken: readonly (readonly [id: string, atMs: number])[];
  readonly appends: number;
}

let relay: OpenRelay | undefined;

answerParent<RelayQuestion, RelayAnswer>(async (question) => {
  if ('start' in question) {
    relay = await openRelay(question.start, openDatabase(question.start.databaseUrl));
    return { taken: [], appends: 0 };
  }
  const taken = [...(relay?.appends.atMs ?? [])].slice(question.after);
  return { taken, appends: relay?.appends.count() ?? 0 };
});
