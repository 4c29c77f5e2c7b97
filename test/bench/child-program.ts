import { fork } from 'node:child_process';
import { once } from 'node:events';
import { bundle } from '@cloudphone/deploy';

/** A program of the bench in a process of its own, spoken to one question at a time. */
export interface ChildProgram<Question, Answer> {
  readonly pid: number;
  /** Throws when the process ends without an answer. */
  ask(question: Question): Promise<Answer>;
  stop(): Promise<void>;
}

/** Builds `test/bench/<name>.ts` and runs it with the same flags as the platform's processes. */
export async function startChild<Question extends object, Answer>(
  name: string,
  projectDir: string,
): Promise<ChildProgram<Question, Answer>> {
  const entry = `test/bench/${name}.ts`;
  const { file } = await bundle({ name: `bench-${name}`, entry, projectDir });
  const child = fork(file, [], { execArgv: ['--enable-source-maps'], cwd: projectDir });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${name} ended before it answered.`);
  });
  // Nobody listens between two questions.
  ended.catch(() => undefined);
  const nextMessage = async (): Promise<unknown> => {
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message;
  };
  await nextMessage();
  return {
    pid: child.pid as number,
    ask: async (question) => {
      const answer = nextMessage();
      child.send(question);
      return (await answer) as Answer;
    },
    stop: async () => {
      child.kill();
      await ended.catch(() => undefined);
    },
  };
}

/** The other side: says that it is there, then answers until its parent is gone. */
export function answerParent<Question, Answer>(
  answer: (question: Question) => Promise<Answer>,
): void {
  process.on('message', async (question: Question) => process.send?.(await answer(question)));
  process.once('disconnect', () => process.exit());
  process.send?.('ready');
}
