import * as z from 'zod';
import type { EventDefinition } from './define-event.ts';
import { appEvents } from './events/app-events.ts';
import { audienceEvents } from './events/audience-events.ts';
import { auditEvents } from './events/audit-events.ts';
import { billingEvents } from './events/billing-events.ts';
import { campaignEvents } from './events/campaign-events.ts';
import { deviceEvents } from './events/device-events.ts';
import { inboxEvents } from './events/inbox-events.ts';
import { preferenceEvents } from './events/preference-events.ts';
import { quotaEvents } from './events/quota-events.ts';
import { scheduleEvents } from './events/schedule-events.ts';
import { systemEvents } from './events/system-events.ts';
import { templateEvents } from './events/template-events.ts';
import { userEvents } from './events/user-events.ts';

/** Every event there is. Publishing or following a type that is not here does not compile. */
export const EVENTS = {
  ...userEvents,
  ...quotaEvents,
  ...auditEvents,
  ...deviceEvents,
  ...appEvents,
  ...billingEvents,
  ...inboxEvents,
  ...preferenceEvents,
  ...templateEvents,
  ...campaignEvents,
  ...audienceEvents,
  ...scheduleEvents,
  ...systemEvents,
} as const;

export type EventType = keyof typeof EVENTS;

type DefinitionOf<Type extends EventType> = (typeof EVENTS)[Type];

/** The data of an event by its type. */
export type EventBody<Type extends EventType> =
  DefinitionOf<Type> extends EventDefinition<Type, infer Body> ? Body : never;

/** What a write states has happened; made into an envelope when it is published. */
export type NewEvent = {
  [Type in EventType]: { readonly type: Type; readonly data: EventBody<Type> };
}[EventType];

export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

export function isEventType(text: string): text is EventType {
  return Object.hasOwn(EVENTS, text);
}

/** The definition of a type with its data widened, for engines that treat all types alike. */
export function definitionOf(type: EventType): EventDefinition<EventType, unknown> {
  return EVENTS[type] as unknown as EventDefinition<EventType, unknown>;
}

/** CloudEvents 1.0 in its JSON form, with our extension attributes. */
export const envelopeSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  dataschema: z.string(),
  data: z.record(z.string(), z.unknown()),
  tags: z.string(),
  tenantid: z.string().optional(),
  entityversion: z.int().optional(),
  traceparent: z.string().optional(),
  /** The person whose request caused it; absent when no person asked. */
  actorid: z.uuid().optional(),
});

export type EventEnvelope = z.infer<typeof envelopeSchema>;
