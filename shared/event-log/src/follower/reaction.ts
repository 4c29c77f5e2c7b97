import type { EventBody, EventEnvelope, EventType, NewEvent } from '@cloudphone/contracts';
import type { Transaction } from '@cloudphone/postgres';

interface Reacted<Data> {
  readonly data: Data;
  readonly envelope: EventEnvelope;
}

/** What a service does when it hears of an event, with the type of the event's data erased. */
export interface Reaction<Schema> {
  readonly on: EventType;
  /** Names it in logs, in metrics and among the parked. */
  readonly name: string;
  // A method, so that a reaction to one type of data is a reaction.
  run(event: Reacted<unknown>, tx: Transaction<Schema>): Promise<readonly NewEvent[]>;
}

/**
 * Declares a reaction. `run` changes rows in the transaction it is given and returns what that
 * means: the events are published by the same transaction, and a redelivered event runs nothing.
 * Whoever changes rows here returns events, or views of those rows would stay old.
 */
export function defineReaction<Type extends EventType, Schema>(reaction: {
  readonly on: Type;
  readonly name: string;
  run(event: Reacted<EventBody<Type>>, tx: Transaction<Schema>): Promise<readonly NewEvent[]>;
}): Reaction<Schema> {
  return reaction as Reaction<Schema>;
}
