import type { Template } from '@cloudphone/contracts';
import type { Issue } from '@cloudphone/errors';
import type { TemplateValues } from './compile-text.ts';

type Variable = Template['variables'][number];

/** What is missing or of the wrong type, named by path, before anything is sent. */
export function findValueIssues(
  variables: readonly Variable[],
  values: TemplateValues,
  path = 'body.data',
): Issue[] {
  const issues: Issue[] = [];
  for (const { name, type, isRequired } of variables) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) {
      if (isRequired) issues.push({ path: `${path}.${name}`, message: 'is missing' });
    } else if (!fits[type](value)) {
      issues.push({ path: `${path}.${name}`, message: `must be a ${type}` });
    }
  }
  return issues;
}

const fits: Record<Variable['type'], (value: string | number | boolean) => boolean> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  date: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
};
