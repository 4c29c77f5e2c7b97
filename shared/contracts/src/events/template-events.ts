import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { templateSchema } from '../services/templates.ts';
import { tags } from '../tags.ts';

/** Texts are not told: whoever may see them reads the template. */
const templateFacts = templateSchema.omit({ texts: true });

const templateEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: templateFacts,
    subject: (template) => `template/${template.id}`,
    key: (template) => `template:${template.id}`,
    tags: (template) => [tags.template(template.code), tags.templates()],
    audiences: [
      {
        channel: () => channels.adminWith('templates:read'),
        fields: ['id', 'code', 'name', 'isActive', 'version', 'updatedAt'],
      },
    ],
  });

export const templateEvents = {
  'template.created': templateEvent('template.created'),
  'template.updated': templateEvent('template.updated'),
  'template.deleted': templateEvent('template.deleted'),
} as const;
