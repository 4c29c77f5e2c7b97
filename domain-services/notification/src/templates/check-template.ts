import type { Template } from '@cloudphone/contracts';
import type { Issue } from '@cloudphone/errors';
import { readTemplateSyntax } from './template-syntax.ts';

/** Filled in from the recipient, for every template: no caller has to give them. */
const RECIPIENT_VARIABLES = ['userName', 'userEmail'] as const;

/** Texts as they are asked for; a locale that is not given is absent or undefined. */
interface AskedTemplate {
  readonly variables: Template['variables'];
  readonly texts: Readonly<Record<string, object | undefined>>;
}

/** Everything wrong with a template, by path; empty when it can be rendered. */
export function findTemplateIssues(template: AskedTemplate, at = 'body'): Issue[] {
  const declared = new Set<string>(RECIPIENT_VARIABLES);
  const issues: Issue[] = [];
  template.variables.forEach(({ name }, index) => {
    if (declared.has(name)) {
      issues.push({ path: `${at}.variables.${index}.name`, message: `“${name}” is taken` });
    }
    declared.add(name);
  });
  const texts = Object.entries(template.texts);
  if (texts.every(([, text]) => text === undefined)) {
    issues.push({ path: `${at}.texts`, message: 'needs a text in at least one language' });
  }
  for (const [locale, text] of texts) {
    for (const [part, source] of Object.entries(text ?? {})) {
      if (typeof source !== 'string') continue;
      const path = `${at}.texts.${locale}.${part}`;
      issues.push(...findTextIssues(source, declared).map((message) => ({ path, message })));
    }
  }
  return issues;
}

function findTextIssues(source: string, declared: ReadonlySet<string>): string[] {
  const { variables, problems } = readTemplateSyntax(source);
  const undeclared = [...variables].filter((name) => !declared.has(name));
  return [...problems, ...undeclared.map((name) => `uses “${name}”, which is not declared`)];
}
