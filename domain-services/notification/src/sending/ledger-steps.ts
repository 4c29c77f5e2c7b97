import type { Claim, ClaimTerms, Commit, CommitEnd } from '@cloudphone/redis';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { type Batching, batchCalls } from './batch-calls.ts';
import type { Sending } from './sending.ts';

/** Chunks in one command: one or two milliseconds in which Redis does nothing else. */
const CHUNKS_A_STEP = 32;

type Campaign = Pick<CampaignRow, 'batch_id' | 'epoch'>;

/** A claim, and the life of Redis that granted it. */
export interface Granted {
  readonly claim: Claim;
  readonly run: string;
}

/** Claims and commits of a process's slots; what several ask for at once is one command. */
export interface LedgerSteps {
  /** An earlier group's commit lands first, fenced or not. */
  claim(row: Campaign, terms: ClaimTerms, earlier?: Commit): Promise<StepEnd>;
  /** Undefined: there is no ledger. */
  commit(row: Campaign, commit: Commit): Promise<CommitEnd | undefined>;
}

interface Wanted {
  readonly row: Campaign;
  readonly commit: Commit | undefined;
  readonly terms: ClaimTerms | undefined;
}

/** What came of one step. */
export interface StepEnd {
  /** Undefined: there was no commit, or is no ledger. */
  readonly end: CommitEnd | undefined;
  /** Undefined: nothing was asked for, or it is fenced. */
  readonly granted: Granted | undefined;
}

export function createLedgerSteps(
  { ledger, currentRun, leaseMs }: Pick<Sending, 'ledger' | 'currentRun' | 'leaseMs'>,
  { gatherMs }: Batching,
): LedgerSteps {
  const stepOf = async (wanted: readonly Wanted[]): Promise<StepEnd[]> => {
    const [first] = wanted;
    if (first === undefined) return [];
    const { batch_id: batchId, epoch } = first.row;
    // Right before the command: a claim must never be sent to another Redis than it was meant for.
    const run = await currentRun();
    const commits = wanted.flatMap(({ commit }) => commit ?? []);
    const claims = wanted.flatMap(({ terms }) => terms ?? []);
    const end = await ledger.step({ batchId, epoch, run }, { commits, claims, leaseMs });
    const ends = [...end.commits];
    const granted = end.claims?.map((claim) => ({ claim, run }));
    return wanted.map(({ commit, terms }) => ({
      end: commit && ends.shift(),
      granted: terms && granted?.shift(),
    }));
  };
  const ask = batchCalls<Wanted, StepEnd>({
    maxItems: CHUNKS_A_STEP,
    gatherMs,
    call: async (wanted) => {
      const answers = new Map<Wanted, StepEnd>();
      await Promise.all(
        byEpoch(wanted).map(async (own) => {
          const ownAnswers = await stepOf(own);
          own.forEach((one, index) => {
            answers.set(one, ownAnswers[index] ?? NOTHING);
          });
        }),
      );
      return wanted.map((one) => answers.get(one) ?? NOTHING);
    },
  });
  return {
    claim: (row, terms, earlier) => ask({ row, terms, commit: earlier }),
    commit: async (row, commit) => (await ask({ row, commit, terms: undefined })).end,
  };
}

const NOTHING: StepEnd = { end: undefined, granted: undefined };

function byEpoch(wanted: readonly Wanted[]): Wanted[][] {
  const groups = new Map<string, Wanted[]>();
  for (const one of wanted) {
    const name = `${one.row.batch_id} ${one.row.epoch}`;
    const own = groups.get(name);
    if (own === undefined) groups.set(name, [one]);
    else own.push(one);
  }
  return [...groups.values()];
}
