import type { Contact } from '../contacts/find-contacts.ts';
import { type Batching, batchCalls } from './batch-calls.ts';
import type { SendingOccasion, SendingPorts, Withheld } from './sending-ports.ts';

interface Question {
  readonly contacts: readonly Contact[];
  readonly occasion: SendingOccasion;
}

export type WithheldQuestion = (question: Question) => Promise<ReadonlyMap<string, Withheld>>;

const GROUPS_A_QUESTION = 32;

/** `mayStillSend`, asked at once for the groups of one campaign that wait for it together. */
export function createWithheldQuestion(
  { mayStillSend }: SendingPorts,
  { gatherMs }: Batching,
): WithheldQuestion {
  return batchCalls({
    maxItems: GROUPS_A_QUESTION,
    gatherMs,
    call: async (questions: readonly Question[]) => {
      const answers = new Map<string, Promise<ReadonlyMap<string, Withheld>>>();
      for (const { occasion } of questions) {
        const name = nameOf(occasion);
        if (answers.has(name)) continue;
        const same = questions.filter((other) => nameOf(other.occasion) === name);
        const contacts = same.flatMap((question) => question.contacts);
        answers.set(name, mayStillSend(contacts, occasion));
      }
      await Promise.all(answers.values());
      return Promise.all(questions.map(async ({ occasion }) => getAnswer(answers, occasion)));
    },
  });
}

const nameOf = ({ batchId, channel }: SendingOccasion) => `${batchId} ${channel}`;

async function getAnswer(
  answers: ReadonlyMap<string, Promise<ReadonlyMap<string, Withheld>>>,
  occasion: SendingOccasion,
): Promise<ReadonlyMap<string, Withheld>> {
  const answer = await answers.get(nameOf(occasion));
  if (answer === undefined) throw new Error('a question without an answer');
  return answer;
}
