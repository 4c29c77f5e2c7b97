import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** What is awaited, for the message when it never comes. */
  readonly what?: string;
  /** 30 s unless told: longer than anything of ours takes to repair itself. */
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

type Truthy<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>;

/**
 * Asks `condition` again and again until it gives something truthy, and returns that. Throws, with
 * `what` and the last answer or error in the message, when time is up.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what = 'the condition', timeoutMs = 30_000, everyMs = 10 }: Patience = {},
): Promise<Truthy<Awaited<T>>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask(condition);
    if (answer.value) return answer.value as Truthy<Awaited<T>>;
    if (performance.now() >= deadline) {
      throw new Error(`Waited ${timeoutMs} ms in vain for ${what}. Last: ${describe(answer)}`, {
        cause: answer.error,
      });
    }
    await sleep(everyMs);
  }
}

interface Answer<T> {
  readonly value?: T;
  readonly error?: unknown;
}

async function ask<T>(condition: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await condition() };
  } catch (error) {
    return { error };
  }
}

function describe({ value, error }: Answer<unknown>): string {
  return error === undefined ? String(value) : String(error);
}
