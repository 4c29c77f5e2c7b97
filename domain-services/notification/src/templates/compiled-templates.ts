import type { Template } from '@cloudphone/contracts';
import type { ReadOnlyDb } from '@cloudphone/domain-service';
import type { NotificationTables } from '../schema.ts';
import { type CompiledTemplate, compileTemplate } from './rendered-template.ts';

/** One version of one template, ready to be rendered. */
export interface CompiledVersion {
  readonly template: CompiledTemplate;
  readonly variables: Template['variables'];
  readonly locales: readonly string[];
}

/** Templates compiled once a version: a version never changes, so nothing has to be dropped. */
export interface CompiledTemplates {
  /** Undefined when there is no such version. */
  find(
    db: ReadOnlyDb<NotificationTables>,
    version: { readonly id: string; readonly version: number },
  ): Promise<CompiledVersion | undefined>;
  readonly size: number;
}

const MAX_COMPILED = 200;

/** Holds two hundred versions unless told; the one that was used longest ago makes room. */
export function createCompiledTemplates(maxCompiled = MAX_COMPILED): CompiledTemplates {
  const compiled = new Map<string, CompiledVersion>();
  const keep = (key: string, version: CompiledVersion): CompiledVersion => {
    compiled.delete(key);
    const oldest = compiled.size >= maxCompiled ? compiled.keys().next().value : undefined;
    if (oldest !== undefined) compiled.delete(oldest);
    compiled.set(key, version);
    return version;
  };
  return {
    find: async (db, { id, version }) => {
      const key = `${id}@${version}`;
      const known = compiled.get(key);
      if (known !== undefined) return keep(key, known);
      const row = await db
        .selectFrom('template_versions')
        .select(['variables', 'texts'])
        .where('template_id', '=', id)
        .where('version', '=', version)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return keep(key, {
        template: compileTemplate(row.texts),
        variables: row.variables,
        locales: Object.keys(row.texts),
      });
    },
    get size() {
      return compiled.size;
    },
  };
}
