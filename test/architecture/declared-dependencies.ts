import { packagesImportedBy } from './imports-of.ts';
import { isModule, isTest, type Package, type SourceFile } from './repository.ts';

/**
 * Workspaces are hoisted: importing what another package declared compiles and runs here, and
 * breaks where that package is absent. So each package declares what it imports, and declares no
 * package of ours that it does not import. Tools of the whole repository (the root's package.json)
 * are free to tests, to `deploy` and to configuration files.
 */
export function dependencyProblems(pkg: Package, root: Package): string[] {
  const declared = declarationsOf(pkg);
  const tools = declarationsOf(root).all;
  const modules = pkg.files.filter(isModule);
  const undeclared = modules.flatMap((file) => {
    const allowed = isTest(file) || isTool(file) ? declared.all : declared.running;
    return packagesImportedBy(file)
      .filter((name) => !allowed.has(name) && !(mayUseTools(file) && tools.has(name)))
      .map((name) => `${file.path} imports ${name}, which ${pkg.folder} does not declare`);
  });
  const imported = new Set(modules.flatMap(packagesImportedBy));
  const unused = [...declared.all]
    .filter((name) => name.startsWith('@cloudphone/') && !imported.has(name))
    .map((name) => `${pkg.folder} declares ${name}, which nothing in it imports`);
  return [...undeclared, ...unused];
}

function declarationsOf({ manifest }: Package) {
  const running = [
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.optionalDependencies ?? {}),
  ];
  return {
    running: new Set(running),
    all: new Set([...running, ...Object.keys(manifest.devDependencies ?? {})]),
  };
}

const isTool = (file: SourceFile) => /\.config\.(ts|mjs)$/.test(file.path);

const mayUseTools = (file: SourceFile) =>
  isTest(file) || isTool(file) || file.path.startsWith('deploy/') || !file.path.includes('/');
