import { definitionOf, type EventEnvelope, type NewEvent } from './event-register.ts';

/** What a channel hears of one event: the fields that its audience may see, nothing else. */
export interface Delivery {
  readonly channel: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EnvelopeOptions {
  /** UUIDv7. */
  readonly id: string;
  /** Name of the publishing service: becomes `/services/<name>`. */
  readonly service: string;
  readonly time: Date;
  readonly traceparent?: string;
  /** The person whose request caused it. */
  readonly actorId?: string;
}

/**
 * The envelope of a new event: its data checked against its schema, its tags computed. Throws a
 * ZodError when the data does not fit: a publisher's mistake, caught inside its transaction.
 */
export function buildEnvelope(event: NewEvent, options: EnvelopeOptions): EventEnvelope {
  const definition = definitionOf(event.type);
  const data = definition.data.parse(event.data) as Record<string, unknown>;
  const { version, tenantId } = data;
  return {
    specversion: '1.0',
    id: options.id,
    source: `/services/${options.service}`,
    type: event.type,
    subject: definition.subject(data),
    time: options.time.toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:cloudphone:event:${event.type}`,
    data,
    tags: definition.tags(data).join(','),
    ...(typeof version === 'number' ? { entityversion: version } : {}),
    ...(typeof tenantId === 'string' ? { tenantid: tenantId } : {}),
    ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
    ...(options.actorId === undefined ? {} : { actorid: options.actorId }),
  };
}

/** The tags that an envelope changes, as a list. */
export function tagsOfEnvelope(envelope: EventEnvelope): string[] {
  return envelope.tags === '' ? [] : envelope.tags.split(',');
}

/** The event name that sockets hear: a person's inbox rows arrive as `notification`. */
export function socketEventName(type: string): string {
  return type === 'notification.created' ? 'notification' : type;
}

/** Who hears the event and what each may see of it, by the register. Unknown types reach nobody. */
export function deliveriesOf(event: NewEvent): Delivery[] {
  const definition = definitionOf(event.type);
  const data = event.data as Record<string, unknown>;
  return definition.audiences.flatMap((audience) => {
    const channel = audience.channel(data);
    if (channel === undefined) return [];
    const seen = (audience.fields as readonly string[]).map((field) => [field, data[field]]);
    return [{ channel, data: Object.fromEntries(seen) as Record<string, unknown> }];
  });
}
