import type { Package } from './repository.ts';

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/**
 * Each dependency from outside has one exact version in the whole repository: two of a library are
 * two sets of classes and singletons, and a range is a different program tomorrow. Packages of ours
 * are always `*`.
 */
export function versionProblems(packages: readonly Package[]): string[] {
  const versions = new Map<string, Set<string>>();
  const problems: string[] = [];
  for (const { folder, manifest } of packages) {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const declared = { ...dependencies, ...devDependencies, ...optionalDependencies };
    for (const [name, version] of Object.entries(declared)) {
      const isOurs = name.startsWith('@cloudphone/');
      if (isOurs ? version !== '*' : !EXACT.test(version)) {
        problems.push(`${folder || 'the root'} declares ${name} as ${version}`);
      }
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
  }
  const several = [...versions]
    .filter(([, found]) => found.size > 1)
    .map(([name, found]) => `${name} has several versions: ${[...found].sort().join(', ')}`);
  return [...problems, ...several];
}
