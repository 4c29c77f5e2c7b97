import { SERVICE_CALLS } from '@cloudphone/contracts';
import * as z from 'zod';
import type { JsonSchema } from './sample-json.ts';

/** One call of a service, with its types erased. */
export interface Operation {
  readonly service: string;
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** `:deviceId` of the path. */
  readonly params: readonly string[];
  readonly query: JsonSchema | undefined;
  readonly body: JsonSchema | undefined;
  /** `text/csv` of a body that is no JSON. */
  readonly bodyMedia: string | undefined;
  /** Tags that a view keeps such an answer under whatever the answer names; none for most calls. */
  knownTags(params: Record<string, string>, query: URLSearchParams): readonly string[];
}

interface AnyCall {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly bodyMedia?: string;
  readonly knownTags?: (input: { params: unknown; query: unknown }) => string[];
}

const schemaOf = (schema: z.ZodType | undefined): JsonSchema | undefined =>
  schema && (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema);

/** Every call of every service, as the contracts declare them. */
const OPERATIONS: readonly Operation[] = Object.entries(SERVICE_CALLS).flatMap(([service, calls]) =>
  Object.values(calls as unknown as Readonly<Record<string, AnyCall>>).map((call) => ({
    service,
    name: call.name,
    method: call.method,
    path: call.path,
    params: [...call.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? ''),
    query: schemaOf(call.query),
    body: schemaOf(call.body),
    bodyMedia: call.bodyMedia,
    knownTags: (params, query) =>
      call.knownTags?.({
        params: call.params?.parse(params),
        query: call.query?.parse(Object.fromEntries(query)),
      }) ?? [],
  })),
);

/** Asked with POST for the size of the question: they change nothing. */
const QUESTIONS = new Set(['findPeople', 'renderTemplate', 'validateTemplate', 'previewSegment']);

export const READS = OPERATIONS.filter(({ method }) => method === 'GET');
/** All that there are: none is left out. */
export const WRITES = OPERATIONS.filter(
  ({ method, name }) => method !== 'GET' && !QUESTIONS.has(name),
);

/** Several services have calls of one name. */
export const titleOf = ({ service, name }: Pick<Operation, 'service' | 'name'>): string =>
  `${service} ${name}`;
