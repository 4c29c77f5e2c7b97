import {
  buildEnvelope,
  definitionOf,
  type EventEnvelope,
  type EventType,
  idSchema,
  isEventType,
  isTag,
  type NewEvent,
} from '@cloudphone/contracts';
import { invalidInput } from '@cloudphone/errors';
import { namedId } from '@cloudphone/runtime';
import * as z from 'zod';

/** What of a broker's message says which event it is. */
export interface BrokerMessage {
  readonly content: Buffer;
  readonly routingKey: string;
  readonly messageId?: string | undefined;
  readonly appId?: string | undefined;
  /** Epoch ms. */
  readonly sentAtMs?: number | undefined;
}

/** Marks an event that came over the bridge: it is not sent back. */
export const VIA_RABBITMQ = 'rabbitmq';

const MAX_MESSAGE_BYTES = 256 * 1_024;
const FOREIGN_IDS = '6f2d4d0e-93c5-5b0c-9d0c-3a3f0e0c7a55';

const typeSchema = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/, { message: 'a type reads like media.uploaded' });
const factsSchema = z.record(z.string(), z.unknown());

const cloudEventSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(200),
  source: z.string().min(1).max(200),
  type: typeSchema,
  subject: z.string().min(1).max(200).optional(),
  time: z.iso.datetime({ offset: true }).optional(),
  tags: z.string().max(10_000).optional(),
  traceparent: z.string().max(55).optional(),
  data: factsSchema,
});

/**
 * Reads a message as an event: a CloudEvent in its JSON form, or else any JSON object, whose type is
 * then the routing key and whose id the message's. A registered type has to fit its schema and gets
 * the register's tags; others are carried with the tags they name. An id that is no UUID becomes
 * one that is always the same. Throws invalid_input, with every issue.
 */
export function readMessage(message: BrokerMessage, nowMs: number): EventEnvelope {
  const foreign = readForeign(message, nowMs);
  const { id: foreignId, source, traceparent } = foreign;
  const isUuid = idSchema.safeParse(foreignId).success;
  const id = isUuid ? foreignId.toLowerCase() : namedId(FOREIGN_IDS, `${source}\n${foreignId}`);
  const time = new Date(foreign.time ?? nowMs);
  return {
    ...(isEventType(foreign.type)
      ? registered(foreign.type, foreign, { id, time })
      : unregistered(foreign, { id, time })),
    source,
    via: VIA_RABBITMQ,
    ...(isUuid ? {} : { foreignid: foreignId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function registered(
  type: EventType,
  foreign: ForeignEvent,
  { id, time }: { readonly id: string; readonly time: Date },
): EventEnvelope {
  const data = checked(definitionOf(type).data, foreign.data);
  return buildEnvelope({ type, data } as NewEvent, { id, time, service: 'rabbitmq' });
}

function unregistered(
  { type, subject, data, tags = '' }: ForeignEvent,
  { id, time }: { readonly id: string; readonly time: Date },
): EventEnvelope {
  return {
    specversion: '1.0',
    id,
    source: '',
    type,
    subject: subject ?? type,
    time: time.toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:cloudphone:event:${type}`,
    data,
    tags: tags.split(',').filter(isTag).join(','),
  };
}

type ForeignEvent = z.infer<typeof cloudEventSchema>;

function readForeign(message: BrokerMessage, nowMs: number): ForeignEvent {
  const { content, routingKey, messageId, appId, sentAtMs } = message;
  if (content.length > MAX_MESSAGE_BYTES) {
    const size = `${content.length} bytes; at most ${MAX_MESSAGE_BYTES}`;
    throw invalidInput([{ path: 'message', message: size }]);
  }
  const body = parseJson(content);
  if ('specversion' in body) return checked(cloudEventSchema, body);
  return checked(cloudEventSchema, {
    specversion: '1.0',
    id: messageId,
    source: `/rabbitmq/${appId ?? 'unnamed'}`,
    type: routingKey,
    time: new Date(sentAtMs ?? nowMs).toISOString(),
    data: body,
  });
}

function parseJson(content: Buffer): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(content.toString('utf8'));
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) {
      return read as Record<string, unknown>;
    }
  } catch {
    // Told below.
  }
  throw invalidInput([{ path: 'message', message: 'is not a JSON object' }]);
}

function checked<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw invalidInput(
    read.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  );
}
