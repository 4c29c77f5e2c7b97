import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OnResolveResult, Plugin, PluginBuild } from 'esbuild';

const WORKSPACE_SCOPE = '@cloudphone/';

/** Inlines the workspace's own packages and leaves every other one to be loaded from node_modules. */
export function externalPackages(projectDir: string): Plugin {
  return {
    name: 'external-packages',
    setup(build) {
      build.onResolve({ filter: /^[^./#]/ }, (args) => {
        const isOurs = args.kind === 'entry-point' || args.path.startsWith(WORKSPACE_SCOPE);
        if (isOurs || args.pluginData === RESOLVING) return undefined;
        const nested = nestedCopy(args.path, args.resolveDir, projectDir);
        if (!nested) return { path: args.path, external: true };
        return resolveNested(build, args.path, args.resolveDir);
      });
    },
  };
}

const RESOLVING = Symbol('resolving');

/** A version that only one package has lies beside it, where the bundle in dist/ would not look. */
function nestedCopy(specifier: string, importerDir: string, projectDir: string): boolean {
  if (!importerDir.startsWith(projectDir)) return false;
  const parts = specifier.split('/');
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  const below = importerDir.slice(projectDir.length).split('/').filter(Boolean);
  return below.some((_, depth) => {
    const folder = join(projectDir, ...below.slice(0, depth + 1));
    return existsSync(join(folder, 'node_modules', name));
  });
}

async function resolveNested(
  build: PluginBuild,
  path: string,
  resolveDir: string,
): Promise<OnResolveResult> {
  const resolved = await build.resolve(path, {
    resolveDir,
    kind: 'import-statement',
    pluginData: RESOLVING,
  });
  return { path: resolved.path, external: true, errors: resolved.errors };
}
