import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idListSchema, idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';

const templateCodeSchema = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z_]*(\.[a-z][a-z_]*)+$/, {
    message: 'a template code reads like billing.low_balance',
  });

export const templateTextSchema = z.strictObject({
  title: z.string().min(1).max(300),
  body: z.string().min(1).max(10_000),
  emailHtml: z.string().max(100_000).optional(),
  smsText: z.string().max(1_000).optional(),
  pushText: z.string().max(1_000).optional(),
});
export type TemplateText = z.infer<typeof templateTextSchema>;

export const templateVariableSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/),
  type: z.enum(['string', 'number', 'date', 'boolean']),
  isRequired: z.boolean(),
});

export const templateSchema = z.object({
  id: idSchema,
  code: templateCodeSchema,
  name: z.string(),
  isActive: z.boolean(),
  variables: z.array(templateVariableSchema),
  /** By locale: `en`, `zh-CN`. */
  texts: z.record(z.string(), templateTextSchema),
  version: z.int(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type Template = z.infer<typeof templateSchema>;

/** What a template said at one of its versions. */
const templateVersionSchema = z.object({
  version: z.int(),
  variables: z.array(templateVariableSchema),
  texts: z.record(z.string(), templateTextSchema),
});

/** One message in one language. */
const renderedTextSchema = z.object({
  locale: z.string(),
  version: z.int(),
  title: z.string(),
  body: z.string(),
  emailHtml: z.string().optional(),
  smsText: z.string().optional(),
  pushText: z.string().optional(),
});

const templateIssueSchema = z.object({ path: z.string(), message: z.string() });

const templateParams = z.strictObject({ templateId: idSchema });

const templateInput = {
  name: z.string().min(1).max(200),
  variables: z.array(templateVariableSchema).max(50),
  texts: z.partialRecord(z.enum(['en', 'zh-CN']), templateTextSchema),
} as const;

export const newTemplateSchema = z.strictObject({ code: templateCodeSchema, ...templateInput });

/** What the notification service answers of templates. */
export const templateCalls = {
  listTemplates: defineCall({
    service: 'notification',
    name: 'listTemplates',
    method: 'GET',
    path: '/templates',
    query: z.strictObject({ ...pageQuery, ids: idListSchema.optional() }),
    answer: pageOf(templateSchema),
    knownTags: () => [tags.templates()],
  }),
  getTemplateByCode: defineCall({
    service: 'notification',
    name: 'getTemplateByCode',
    method: 'GET',
    path: '/templates/by-code/:code',
    params: z.strictObject({ code: templateCodeSchema }),
    answer: templateSchema,
    knownTags: ({ params }) => [tags.template(params.code)],
  }),
  createTemplate: defineCall({
    service: 'notification',
    name: 'createTemplate',
    method: 'POST',
    path: '/templates',
    body: newTemplateSchema,
    answer: templateSchema,
    status: 201,
  }),
  /** A new version; campaigns that began keep theirs. */
  updateTemplate: defineCall({
    service: 'notification',
    name: 'updateTemplate',
    method: 'PUT',
    path: '/templates/:templateId',
    params: templateParams,
    body: z.strictObject(templateInput),
    answer: templateSchema,
  }),
  getTemplate: defineCall({
    service: 'notification',
    name: 'getTemplate',
    method: 'GET',
    path: '/templates/:templateId',
    params: templateParams,
    answer: templateSchema,
    knownTags: () => [tags.templates()],
  }),
  /** The newest first. */
  listTemplateVersions: defineCall({
    service: 'notification',
    name: 'listTemplateVersions',
    method: 'GET',
    path: '/templates/:templateId/versions',
    params: templateParams,
    query: z.strictObject(pageQuery),
    answer: pageOf(templateVersionSchema),
    knownTags: () => [tags.templates()],
  }),
  /** Its code is free again; what was sent with it, or is being sent, keeps its versions. */
  deleteTemplate: defineCall({
    service: 'notification',
    name: 'deleteTemplate',
    method: 'DELETE',
    path: '/templates/:templateId',
    params: templateParams,
    answer: templateSchema,
  }),
  /** Switches it on or off, as told; to the other side when nothing is told. */
  toggleTemplate: defineCall({
    service: 'notification',
    name: 'toggleTemplate',
    method: 'POST',
    path: '/templates/:templateId/toggle',
    params: templateParams,
    body: z.strictObject({ isActive: z.boolean().optional() }),
    answer: templateSchema,
  }),
  /** What a person would read, sent to nobody. */
  renderTemplate: defineCall({
    service: 'notification',
    name: 'renderTemplate',
    method: 'POST',
    path: '/templates/:templateId/render',
    params: templateParams,
    body: z.strictObject({
      data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
      locale: z.string().max(20).optional(),
      timeZone: z.string().max(60).default('UTC'),
      /** The present one unless told. */
      version: z.int().min(1).optional(),
    }),
    answer: renderedTextSchema,
  }),
  /** Takes anything and says all that is wrong with it as a template; keeps nothing. */
  validateTemplate: defineCall({
    service: 'notification',
    name: 'validateTemplate',
    method: 'POST',
    path: '/templates/validate',
    body: z.strictObject({ template: z.record(z.string(), z.unknown()) }),
    answer: z.object({ isValid: z.boolean(), issues: z.array(templateIssueSchema) }),
  }),
  /** All of them or none. */
  createTemplates: defineCall({
    service: 'notification',
    name: 'createTemplates',
    method: 'POST',
    path: '/templates/bulk',
    body: z.strictObject({ templates: z.array(newTemplateSchema).min(1).max(100) }),
    answer: z.object({ items: z.array(templateSchema) }),
    status: 201,
  }),
} as const;
