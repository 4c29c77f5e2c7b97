import {
  definitionOf,
  type EventBody,
  type EventEnvelope,
  type EventType,
  type NewEvent,
} from '@cloudphone/contracts';
import type { Transaction } from '@cloudphone/postgres';

interface Reacted<Data> {
  readonly data: Data;
  readonly envelope: EventEnvelope;
}

/** What a service does when it hears of an event, with the type of the event's data erased. */
export interface Reaction<Schema> {
  /** `any`: every event there is, also of types that are not registered here. */
  readonly on: EventType | 'any';
  /** Names it in logs, in metrics and among the parked. */
  readonly name: string;
  /** Whether there is anything to do; of what it says no to, nothing is written down. All by default. */
  concerns?(envelope: EventEnvelope): boolean;
  // A method, so that a reaction to one type of data is a reaction.
  run(event: Reacted<unknown>, tx: Transaction<Schema>): Promise<readonly NewEvent[]>;
}

/** The data of what a reaction is for: of any event, whatever its envelope carries, unchecked. */
type DataOf<On extends EventType | 'any'> = On extends EventType
  ? EventBody<On>
  : EventEnvelope['data'];

/**
 * Declares a reaction. `run` changes rows in the transaction it is given and returns what that
 * means: the events are published by the same transaction, and a redelivered event runs nothing.
 * Whoever changes rows here returns events, or views of those rows would stay old. A reaction to
 * `any` event must not publish one for each: it would hear of that one too.
 */
export function defineReaction<On extends EventType | 'any', Schema>(reaction: {
  readonly on: On;
  readonly name: string;
  concerns?(envelope: EventEnvelope): boolean;
  run(event: Reacted<DataOf<On>>, tx: Transaction<Schema>): Promise<readonly NewEvent[]>;
}): Reaction<Schema> {
  return reaction as Reaction<Schema>;
}

/** The data as the reaction takes it; throws a ZodError when it does not fit its event's schema. */
export function dataFor({ on }: Pick<Reaction<never>, 'on'>, data: unknown): unknown {
  return on === 'any' ? data : definitionOf(on).data.parse(data);
}

/** Finds what is to be done about an event, in the order in which it was declared. */
export type ReactionsTo<Schema> = (envelope: EventEnvelope) => readonly Reaction<Schema>[];

export function indexReactions<Schema>(
  reactions: readonly Reaction<Schema>[],
): ReactionsTo<Schema> {
  const ofType = indexByType(reactions);
  return (envelope) =>
    ofType(envelope.type).filter((reaction) => reaction.concerns?.(envelope) ?? true);
}

function indexByType<Schema>(reactions: readonly Reaction<Schema>[]) {
  const byType = new Map<string, readonly Reaction<Schema>[]>();
  return (type: string): readonly Reaction<Schema>[] => {
    const known = byType.get(type);
    if (known !== undefined) return known;
    const found = reactions.filter(({ on }) => on === 'any' || on === type);
    // Types come from outside: only those that are reacted to by name are remembered.
    if (reactions.some(({ on }) => on === type)) byType.set(type, found);
    return found;
  };
}
