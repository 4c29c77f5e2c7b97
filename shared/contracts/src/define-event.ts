import type * as z from 'zod';

/**
 * `fact`: views built from it may still be served as stale when their source fails.
 * `access`: somebody's right to see something ended or changed; nothing older is served, ever.
 */
export type EventClass = 'fact' | 'access';

/** One channel that hears an event, and the only fields of its data that are sent there. */
export interface Audience<EventBody> {
  /** Undefined: nobody of this kind for this event. */
  readonly channel: (data: EventBody) => string | undefined;
  readonly fields: readonly (keyof EventBody & string)[];
}

export interface EventDefinition<Type extends string = string, EventBody = unknown> {
  readonly type: Type;
  readonly data: z.ZodType<EventBody>;
  /** `device/7`: the CloudEvents subject. */
  readonly subject: (data: EventBody) => string;
  /** Events of one key stay in commit order everywhere. */
  readonly key: (data: EventBody) => string;
  /** What it changes: cached views built from any of these are dropped. The entity's own is first. */
  readonly tags: (data: EventBody) => string[];
  readonly audiences: readonly Audience<EventBody>[];
  /** Whether a later event of the same type and key may replace this one in a slow socket's queue. */
  readonly isCoalescible: boolean;
  readonly class: EventClass;
}

interface EventOptions<Type extends string, Schema extends z.ZodType> {
  readonly type: Type;
  readonly data: Schema;
  readonly subject: (data: z.infer<Schema>) => string;
  readonly key: (data: z.infer<Schema>) => string;
  readonly tags: (data: z.infer<Schema>) => string[];
  readonly audiences?: readonly Audience<z.infer<Schema>>[];
  readonly isCoalescible?: boolean;
  readonly class?: EventClass;
}

/** Declares an event. No audience means that no socket ever hears it. */
export function defineEvent<Type extends string, Schema extends z.ZodType>(
  options: EventOptions<Type, Schema>,
): EventDefinition<Type, z.infer<Schema>> {
  return {
    audiences: [],
    isCoalescible: false,
    class: 'fact',
    ...options,
    data: options.data as z.ZodType<z.infer<Schema>>,
  };
}
