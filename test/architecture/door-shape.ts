import ts from 'typescript';
import type { Package } from './repository.ts';
import { parse } from './source-shape.ts';

/**
 * A package others may import has one door, `src/index.ts`, that only re-exports by name. A package
 * without a door is a process: it starts in `src/main.ts`. Test packages need neither.
 */
export function doorProblems(pkg: Package): string[] {
  const door = pkg.files.find(({ path }) => path === `${pkg.folder}/src/index.ts`);
  if (pkg.manifest.exports === undefined) {
    if (door) return [`${pkg.folder} has a door that its package.json does not declare`];
    const isProcess = pkg.files.some(({ path }) => path === `${pkg.folder}/src/main.ts`);
    return isProcess ? [] : [`${pkg.folder} has neither exports nor src/main.ts`];
  }
  const declared = JSON.stringify(pkg.manifest.exports);
  if (declared !== '{".":"./src/index.ts"}') return [`${pkg.folder} exports ${declared}`];
  if (!door) return [`${pkg.folder} has no src/index.ts`];
  return parse(door)
    .statements.filter(
      (statement) => !ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined,
    )
    .map(
      (statement) => `${door.path} does more than re-export: ${statement.getText().slice(0, 60)}`,
    );
}
