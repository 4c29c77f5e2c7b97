import { parseArgs } from 'node:util';
import { MAX_REPLICAS } from './process-table.ts';

export interface LaunchSettings {
  readonly portBase: number;
  readonly dataDir: string;
  readonly isDemo: boolean;
  readonly replicas: number;
  readonly isVerbose: boolean;
}

/** Reads the command line and the CLOUDPHONE_ variables. Throws what is wrong with them. */
export function parseLaunchSettings(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): LaunchSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      replicas: { type: 'string', default: '1' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const replicas = parseWhole(values.replicas, { name: '--replicas', from: 1, to: MAX_REPLICAS });
  const portBase = parseWhole(env.CLOUDPHONE_PORT_BASE ?? '4000', {
    name: 'CLOUDPHONE_PORT_BASE',
    from: 1_024,
    to: 65_000,
  });
  const isDemo = !['0', 'false', 'no'].includes(env.CLOUDPHONE_DEMO ?? '');
  const dataDir = env.CLOUDPHONE_DATA_DIR ?? '.data';
  return { portBase, dataDir, isDemo, replicas, isVerbose: values.verbose };
}

export function parseWhole(
  text: string,
  { name, from, to }: { readonly name: string; readonly from: number; readonly to: number },
): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new Error(`${name} is a whole number from ${from} to ${to}, not “${text}”.`);
}
