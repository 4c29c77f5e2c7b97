import { namedId } from '@cloudphone/runtime';
import { appTemplates } from './app-templates.ts';
import { billingTemplates } from './billing-templates.ts';
import { deviceTemplates } from './device-templates.ts';
import type { FirstTemplate } from './first-template.ts';
import { quotaTemplates } from './quota-templates.ts';
import { staffTemplates } from './staff-templates.ts';
import { systemTemplates } from './system-templates.ts';
import { userTemplates } from './user-templates.ts';

export const FIRST_TEMPLATES: readonly FirstTemplate[] = [
  ...userTemplates,
  ...deviceTemplates,
  ...billingTemplates,
  ...appTemplates,
  ...quotaTemplates,
  ...systemTemplates,
  ...staffTemplates,
];

const NAMESPACE = '0b1f5d3c-7a52-5d0e-8a64-2b1d1a6f3f60';

/** The same in every installation. */
export function firstTemplateId(code: string): string {
  return namedId(NAMESPACE, code);
}
