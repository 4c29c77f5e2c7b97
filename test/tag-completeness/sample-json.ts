import type { Random } from '../consistency/random.ts';

/** As much of JSON Schema as zod writes. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

/** Something for a member of that name, or undefined where the schema alone says enough. */
export type Known = (name: string) => unknown;

/** A value that fits the schema, more or less: what a service refuses after all changes nothing. */
export function sampleJson(
  schema: JsonSchema,
  { random, known }: { readonly random: Random; readonly known: Known },
  name = '',
): unknown {
  const inner = (part: JsonSchema, as = name) => sampleJson(part, { random, known }, as);
  const given = schema.type === 'array' ? undefined : known(name);
  if (given !== undefined) return given;
  if ('const' in schema) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms) return inner(random.pick(forms));
  switch (schema.type) {
    case 'object':
      return sampleObject(schema, random, inner);
    case 'array': {
      const count = Math.max(schema.minItems ?? 0, random.below(3));
      return Array.from({ length: count }, () => inner(schema.items ?? {}));
    }
    case 'integer':
    case 'number':
      return sampleNumber(schema, random);
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    default:
      return `word ${random.below(1_000_000)}`;
  }
}

function sampleObject(
  schema: JsonSchema,
  random: Random,
  inner: (part: JsonSchema, as: string) => unknown,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    if (schema.required?.includes(name) || random.chance(0.6)) values[name] = inner(part, name);
  }
  const names = schema.propertyNames?.enum ?? [];
  const rest = schema.additionalProperties;
  for (const name of names as readonly string[]) {
    if (typeof rest === 'object' && !(name in values)) values[name] = inner(rest, name);
  }
  return values;
}

/** Small numbers: large ones are refused more often than they change anything. */
function sampleNumber({ minimum = 0, maximum = 1_000 }: JsonSchema, random: Random): number {
  return minimum + random.below(Math.max(1, Math.min(maximum - minimum, 200) + 1));
}
