import type { CallDefinition } from '@cloudphone/contracts';
import { type Issue, invalidInput } from '@cloudphone/errors';

export interface AnyInput {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

export interface PreparedCall {
  /** Path and query, encoded. */
  readonly address: string;
  readonly body: string | undefined;
  readonly knownTags: readonly string[] | undefined;
}

/**
 * A call's input checked by its contract before anything is sent. Throws invalid_input with every
 * issue by path: what a service would refuse is refused here, without a round trip.
 */
export function prepareCall(call: CallDefinition, input: AnyInput = {}): PreparedCall {
  const issues: Issue[] = [];
  const check = (part: keyof AnyInput, schema: CallDefinition['params'], given: unknown) => {
    if (schema === undefined) return undefined;
    const result = schema.safeParse(given);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      issues.push({ path: [part, ...issue.path].join('.'), message: issue.message });
    }
    return undefined;
  };
  const params = check('params', call.params, input.params ?? {});
  const query = check('query', call.query, input.query ?? {});
  check('body', call.body, input.body);
  if (issues.length > 0) throw invalidInput(issues);
  return {
    address: fillPath(call.path, params) + searchOf(input.query),
    body: call.body === undefined ? undefined : JSON.stringify(input.body),
    knownTags: call.knownTags?.({ params, query } as never),
  };
}

function fillPath(path: string, params: unknown): string {
  const values = (params ?? {}) as Readonly<Record<string, unknown>>;
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

/** As the caller wrote it: the service applies its own defaults. */
function searchOf(query: AnyInput['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
