import { type CatalogueApp, type TagRead, tags } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { AppTable } from '../schema.ts';

export type AppRow = Selectable<AppTable>;

/** What others may see of an app, in events and answers alike. */
export function presentApp(row: AppRow): CatalogueApp {
  return {
    id: row.id,
    packageName: row.package_name,
    name: row.name,
    category: row.category,
    currentVersion: row.current_version,
    reviewStatus: row.review_status,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

export function readOfApp(app: CatalogueApp): TagRead {
  return { tag: tags.app(app.id), version: app.version };
}
