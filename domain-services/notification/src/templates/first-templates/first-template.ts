import type { Template, TemplateText } from '@cloudphone/contracts';

/** A template that every installation begins with; operations may change it like any other. */
export interface FirstTemplate {
  readonly code: string;
  readonly name: string;
  readonly variables: Template['variables'];
  readonly texts: { readonly en: TemplateText; readonly 'zh-CN': TemplateText };
}

type VariableType = Template['variables'][number]['type'];

/** `required({ deviceName: 'string' })` */
export function required(variables: Readonly<Record<string, VariableType>>): Template['variables'] {
  return Object.entries(variables).map(([name, type]) => ({ name, type, isRequired: true }));
}
