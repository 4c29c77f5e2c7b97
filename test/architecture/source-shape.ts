import ts from 'typescript';
import type { SourceFile } from './repository.ts';

const DRAWERS = new Set(['utils', 'helpers', 'common', 'lib', 'misc', 'types', 'interfaces']);

/** A folder or file named after a drawer or after grammar instead of an idea. */
export function drawerProblems(file: SourceFile): string[] {
  return file.path
    .split('/')
    .map((part) => part.replace(/\..*$/, ''))
    .filter((part) => DRAWERS.has(part))
    .map((part) => `${file.path}: "${part}" names a drawer; name the idea`);
}

/** `export *` hides what a door shows; a default export has a different name wherever it goes. */
export function exportProblems(file: SourceFile): string[] {
  // Parsing the whole tree takes many seconds: what lacks the words lacks the export.
  if (!/\bdefault\b|\bexport\s*\*/.test(file.text)) return [];
  return parse(file).statements.flatMap((statement) => {
    if (ts.isExportAssignment(statement) || hasDefaultKeyword(statement)) {
      return isConfiguration(file) ? [] : [`${file.path}: a default export`];
    }
    const isStar =
      ts.isExportDeclaration(statement) &&
      (statement.exportClause === undefined || ts.isNamespaceExport(statement.exportClause));
    return isStar ? [`${file.path}: export *`] : [];
  });
}

/**
 * The environment is read in files named `config.ts`, once. The launcher is exempt (it makes the
 * environments of others), and so are tests.
 */
export function environmentProblems(file: SourceFile): string[] {
  const isExempt =
    /(^|\/)config\.(ts|mjs)$|\.config\.(ts|mjs)$|\.test\.tsx?$|^(deploy|test)\//.test(file.path);
  return !isExempt && /\bprocess\b/.test(file.text) && readsEnvironment(parse(file))
    ? [`${file.path} reads process.env; only config.ts does`]
    : [];
}

function readsEnvironment(node: ts.Node): boolean {
  if (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === 'env' &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'process'
  ) {
    return true;
  }
  if (
    ts.isImportDeclaration(node) &&
    /^['"](node:)?process['"]$/.test(node.moduleSpecifier.getText())
  )
    return true;
  return ts.forEachChild(node, (child) => readsEnvironment(child) || undefined) ?? false;
}

const isConfiguration = (file: SourceFile) =>
  /\.config\.(ts|mjs)$|(^|\/)\.[^/]+\.mjs$/.test(file.path);

const hasDefaultKeyword = (statement: ts.Statement) =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);

export function parse(file: SourceFile): ts.SourceFile {
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
}
