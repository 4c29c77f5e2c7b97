import type { Upload } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { UploadTable } from '../schema.ts';

export function presentUpload(row: Selectable<UploadTable>): Upload {
  const { id, fields, rows, accepted, duplicates, rejected, issues } = row;
  return {
    ...{ id, fields, rows, accepted, duplicates, rejected, issues },
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  };
}
