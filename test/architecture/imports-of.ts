import { builtinModules } from 'node:module';
import ts from 'typescript';
import type { SourceFile } from './repository.ts';

/** Every module a file names: imports, type imports, re-exports and `import()` of a literal. */
function importsOf(file: SourceFile): string[] {
  return ts.preProcessFile(file.text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** The packages among them: `@scope/name/deep` counts as `@scope/name`. Node's own are left out. */
export function packagesImportedBy(file: SourceFile): string[] {
  const named = importsOf(file)
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('/'))
    .filter((specifier) => !specifier.includes(':'))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  return [...new Set(named)].filter((name) => !builtinModules.includes(name));
}
