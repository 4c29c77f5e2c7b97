import type { ReadOnlyDb } from '@cloudphone/domain-service';
import type { NotificationTables } from '../schema.ts';

/** Templates that are not deleted, with the variables and texts of their present version. */
export function selectTemplates(db: ReadOnlyDb<NotificationTables>) {
  return db
    .selectFrom('templates')
    .innerJoin('template_versions', (join) =>
      join
        .onRef('template_versions.template_id', '=', 'templates.id')
        .onRef('template_versions.version', '=', 'templates.version'),
    )
    .where('templates.deleted_at', 'is', null)
    .selectAll('templates')
    .select(['template_versions.variables', 'template_versions.texts']);
}
