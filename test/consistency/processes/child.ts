import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

interface Question {
  readonly id: number;
  readonly ask: string;
  readonly with: unknown;
}

/** A process of the checker: it is asked, and it tells of itself. */
export interface Child {
  readonly pid: number;
  ask<Answer>(what: string, about?: unknown): Promise<Answer>;
  onTold(listener: (told: unknown) => void): void;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL; resolves when it is gone. */
  end(): Promise<void>;
}

export async function startChild(file: string): Promise<Child> {
  const child: ChildProcess = fork(file, [], { execArgv: ['--enable-source-maps'] });
  const waiting = new Map<number, (answer: { answer?: unknown; error?: string }) => void>();
  const listeners: ((told: unknown) => void)[] = [];
  let lastId = 0;
  let isOver = false;
  // Not by `once`, which takes a message that found no reader for the process's failure.
  const over = new Promise<void>((resolve) => {
    child.once('exit', () => {
      isOver = true;
      for (const answer of waiting.values()) answer({ error: 'the process has ended' });
      resolve();
    });
  });
  child.on(
    'message',
    (message: { id?: number; told?: unknown; answer?: unknown; error?: string }) => {
      if (message.id === undefined) for (const listener of listeners) listener(message.told);
      else waiting.get(message.id)?.(message);
    },
  );
  // A message to a process that has just been killed has no reader.
  child.on('error', () => undefined);
  await once(child, 'spawn');
  return {
    pid: child.pid as number,
    ask: <Answer>(what: string, about: unknown = undefined) =>
      new Promise<Answer>((resolve, reject) => {
        if (isOver) return reject(new Error(`${what}: the process has ended`));
        const id = ++lastId;
        waiting.set(id, ({ answer, error }) => {
          waiting.delete(id);
          if (error === undefined) resolve(answer as Answer);
          else reject(new Error(`${what}: ${error}`));
        });
        child.send({ id, ask: what, with: about } satisfies Question);
      }),
    onTold: (listener) => void listeners.push(listener),
    signal: (name) => void child.kill(name),
    end: async () => {
      if (!isOver) child.kill('SIGKILL');
      await over;
    },
  };
}

/** The child's side: answers by name, until its parent is gone. */
export function answerParent(
  answers: Readonly<Record<string, (about: never) => Promise<unknown> | unknown>>,
): void {
  process.on('message', async ({ id, ask, with: about }: Question) => {
    try {
      process.send?.({ id, answer: (await answers[ask]?.(about as never)) ?? null });
    } catch (err) {
      process.send?.({
        id,
        error: err instanceof Error ? (err.stack ?? err.message) : String(err),
      });
    }
  });
  process.once('disconnect', () => process.exit());
}

export function tellParent(told: unknown): void {
  // A parent that is gone takes this process with it: `disconnect` is on its way.
  process.send?.({ told }, () => undefined);
}
