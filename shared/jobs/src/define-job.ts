/** A kind of work, one to a queue. Its data is small: references, not payloads. */
export interface JobDefinition<Data = unknown> {
  /** The queue's name: letters, digits, dashes. */
  readonly queue: string;
  readonly name: string;
  /** Checks what comes back from Redis (a zod schema does): another version may have put it there. */
  readonly data: { parse(value: unknown): Data };
}

export function defineJob<Data>(job: JobDefinition<Data>): JobDefinition<Data> {
  return job;
}
