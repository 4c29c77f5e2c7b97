import type { BulkRequest } from '@cloudphone/contracts';
import type { ReadOnlyDb } from '@cloudphone/domain-service';
import { type Issue, invalidInput } from '@cloudphone/errors';
import type { ChannelTable } from '../channels/channel.ts';
import type { NotificationTables } from '../schema.ts';
import { findValueIssues } from '../templates/check-values.ts';
import type { TemplateRow } from '../templates/present-template.ts';
import { selectTemplates } from '../templates/select-templates.ts';

/** The template to send, or invalid_input with every issue there is, before anything is sent. */
export async function checkCampaign(
  request: BulkRequest,
  sources: { readonly db: ReadOnlyDb<NotificationTables>; readonly channels: ChannelTable },
): Promise<TemplateRow> {
  const issues: Issue[] = request.channels.flatMap((kind, index) =>
    sources.channels[kind] === undefined
      ? [{ path: `body.channels.${index}`, message: `channel not available: ${kind}` }]
      : [],
  );
  const template = await selectTemplates(sources.db)
    .where('code', '=', request.templateCode)
    .executeTakeFirst();
  if (template === undefined || !template.is_active) {
    const message = template === undefined ? 'there is no such template' : 'it is switched off';
    throw invalidInput([...issues, { path: 'body.templateCode', message }]);
  }
  issues.push(...findValueIssues(template.variables, request.data));
  if (issues.length > 0) throw invalidInput(issues);
  return template;
}
