import type { ChannelKind, EventBody, EventType, Role } from '@cloudphone/contracts';
import type { TemplateValues } from '../templates/compile-text.ts';

/** Whom a message is for: a person (null: nobody), or everybody on the staff who has such a role. */
export type Recipient = string | null | { readonly staff: readonly Role[] };

/** What people are told when something happens, with the type of the event's data erased. */
export interface EventNotification {
  readonly on: EventType;
  /** A template's code. */
  readonly template: string;
  readonly to: (data: never) => Recipient;
  /** What the template is given, beside the recipient's own name and address. */
  readonly values: (data: never, event: { readonly time: string }) => TemplateValues;
  /** The ways it takes, unless the person prefers fewer. */
  readonly by: readonly ChannelKind[];
  readonly lane: 'urgent' | 'normal';
  /** Told at the n-th such event within an hour, once; at each unless given. */
  readonly atTheNthInAnHour?: number;
}

const EVERYWHERE: readonly ChannelKind[] = ['websocket', 'email', 'push'];

/** One line of the table: the inbox, mail and push, on the normal lane, unless told. */
export function notify<Type extends EventType>(
  on: Type,
  told: {
    /** The event's own type unless told. */
    readonly template?: string;
    readonly to: (data: EventBody<Type>) => Recipient;
    readonly values?: (
      data: EventBody<Type>,
      event: { readonly time: string },
    ) => Readonly<Record<string, string | number | boolean | null | undefined>>;
    readonly by?: readonly ChannelKind[];
    readonly lane?: 'urgent' | 'normal';
    readonly atTheNthInAnHour?: number;
  },
): EventNotification {
  const { template = on, to, values, by = EVERYWHERE, lane = 'normal', atTheNthInAnHour } = told;
  return {
    ...{ on, template, by, lane },
    to: to as EventNotification['to'],
    values: (data, event) => present(values?.(data as EventBody<Type>, event) ?? {}),
    ...(atTheNthInAnHour === undefined ? {} : { atTheNthInAnHour }),
  };
}

/** What is null has no value for a template. */
function present(
  values: Readonly<Record<string, string | number | boolean | null | undefined>>,
): TemplateValues {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given) as TemplateValues;
}
