import { parseArgs } from 'node:util';
import { SUBJECTS, type SubjectName } from './node/subject.ts';

export interface ConsistencySettings {
  readonly subject: SubjectName;
  readonly seeds: readonly number[];
  /** In all, over all seeds. */
  readonly reads: number;
  /** Of each seed, recovery included; up to twice as long while the reads have not been made. */
  readonly seconds: number;
  readonly nodes: number;
  readonly heartbeatMs: number;
  readonly writesPerSecond: number;
  /** Ends a seed with its first violation: all that a broken subject is asked for. */
  readonly untilCaught: boolean;
  /** Only these faults; all of them when empty. */
  readonly faults: readonly string[];
  readonly isVerbose: boolean;
}

export const USAGE =
  'npm run test:consistency -- [--subject ours|no-fence|no-epoch|no-join|no-trust|no-tokens|' +
  'no-access|no-versions|no-instants|bentocache] ' +
  '[--seeds 1,2,3] [--reads 1000000] [--seconds 60] [--nodes 3] [--heartbeat 500] [--writes 50] ' +
  '[--faults "hang redis,drop rows"] [--until-caught] [--verbose]';

/** Throws a sentence for what it does not understand. */
export function parseConsistencySettings(args: readonly string[]): ConsistencySettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      subject: { type: 'string', default: 'ours' },
      seeds: { type: 'string', default: '1,2,3' },
      reads: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '60' },
      nodes: { type: 'string', default: '3' },
      heartbeat: { type: 'string', default: '500' },
      writes: { type: 'string', default: '50' },
      faults: { type: 'string', default: '' },
      'until-caught': { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  const subject = SUBJECTS.find((name) => name === values.subject);
  if (subject === undefined) throw new Error(`There is no subject “${values.subject}”.`);
  return {
    subject,
    seeds: values.seeds.split(',').map((seed) => parseWhole('--seeds', seed, 2 ** 31)),
    reads: parseWhole('--reads', values.reads, 1e9),
    seconds: parseWhole('--seconds', values.seconds, 3_600),
    nodes: parseWhole('--nodes', values.nodes, 8),
    heartbeatMs: parseWhole('--heartbeat', values.heartbeat, 60_000),
    writesPerSecond: parseWhole('--writes', values.writes, 1_000),
    untilCaught: values['until-caught'],
    faults: values.faults.split(',').flatMap((name) => name.trim() || []),
    isVerbose: values.verbose,
  };
}

function parseWhole(name: string, text: string, to: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= to) return value;
  throw new Error(`${name} is a whole number from 1 to ${to}, not “${text}”.`);
}
