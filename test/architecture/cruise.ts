import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './repository.ts';

export interface Cruise {
  /** Paths of the modules read, outside packages included. */
  readonly modules: readonly string[];
  /** `rule: from → to`. */
  readonly violations: readonly string[];
}

const FOLDERS = ['shared', 'domain-services', 'bff-admin', 'bff-user', 'deploy', 'test'];

interface Report {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

/** Runs dependency-cruiser in a tree with this repository's rules. */
export function cruise(root: string): Cruise {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      join(ROOT, '.dependency-cruiser.mjs'),
      '--output-type',
      'json',
      ...FOLDERS.filter((folder) => existsSync(join(root, folder))),
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (stdout === '') throw new Error(`dependency-cruiser gave no report: ${stderr}`);
  const report = JSON.parse(stdout) as Report;
  return {
    modules: report.modules.map(({ source }) => source),
    violations: report.summary.violations.map(
      ({ rule, from, to }) => `${rule.name}: ${from} → ${to}`,
    ),
  };
}
