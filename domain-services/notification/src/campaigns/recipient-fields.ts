import type { Template } from '@cloudphone/contracts';
import type { RecipientFields } from '../schema.ts';
import { findValueIssues } from '../templates/check-values.ts';
import type { TemplateValues } from '../templates/compile-text.ts';

type Variable = Template['variables'][number];

/**
 * What a row of a file gives its recipient's message: texts become what the variables are declared
 * as. What is missing or of another type becomes the problem that this recipient ends with.
 */
export function readRecipientFields(
  fields: Readonly<Record<string, string>> | null,
  template: { readonly variables: readonly Variable[]; readonly data: TemplateValues },
): RecipientFields {
  const typeOf = new Map(template.variables.map(({ name, type }) => [name, type]));
  const values = Object.fromEntries(
    Object.entries(fields ?? {}).map(([name, text]) => [name, typed(text, typeOf.get(name))]),
  );
  const issues = findValueIssues(template.variables, { ...template.data, ...values }, 'file');
  if (issues.length === 0) return { values };
  const named = issues.map(({ path, message }) => `${path.replace('file.', '')} ${message}`);
  return { problem: named.join('; ').slice(0, 500) };
}

function typed(text: string, type: Variable['type'] | undefined): string | number | boolean {
  const trimmed = text.trim();
  if (type === 'number' && /^-?\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  if (type === 'boolean' && /^(true|false)$/i.test(trimmed)) return /^true$/i.test(trimmed);
  return text;
}
