import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '@cloudphone/deploy';
import { createRandom, seedFor } from '../consistency/random.ts';
import { type Findings, neverAccepted, newFindings, presentFindings } from './findings.ts';
import { openServices, type Services } from './platform.ts';
import { runProgram } from './run-program.ts';

const PEOPLE = 12;
/** From so many programs on every write must have been accepted once. */
const ALL_WRITES_FROM = 300;

export interface TagCompletenessSettings {
  readonly programs: number;
  readonly seed: number;
  readonly overlooks?: (tag: string) => boolean;
  /** Ends with the first violation. */
  readonly untilCaught?: boolean;
  /** Begins no program after so long. */
  readonly withinMs?: number;
  readonly onProgram?: (number: number, findings: Findings) => void;
}

/** Runs something with the five services of one platform, in a folder that goes with it. */
export async function withServices<Result>(
  run: (services: Services) => Promise<Result>,
): Promise<Result> {
  const dataDir = await temporaryFolder('cloudphone-tags-');
  try {
    const services = await openServices({ dataDir, people: PEOPLE });
    try {
      return await run(services);
    } finally {
      await services.close();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Random programs, one after the other: the services are theirs alone. */
export async function findUntoldChanges(
  services: Services,
  settings: TagCompletenessSettings,
): Promise<Findings> {
  const { programs, seed, overlooks = () => false, untilCaught = false, onProgram } = settings;
  const findings = newFindings();
  const { withinMs = Number.POSITIVE_INFINITY } = settings;
  const endsAtMs = performance.now() + withinMs;
  for (let program = 1; program <= programs; program++) {
    const random = createRandom(seedFor(seed, `program ${program}`));
    await runProgram({ services, random, people: PEOPLE, findings, overlooks });
    findings.programs = program;
    onProgram?.(program, findings);
    if (performance.now() > endsAtMs) break;
    if (untilCaught && findings.violations.length > 0) break;
  }
  return findings;
}

/** `npm run test:tags -- [--programs 300] [--seed 1] [--minutes 60]`. Resolves with the exit code. */
export async function runTagCompleteness(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      programs: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '60' },
    },
  });
  const beganMs = performance.now();
  const programs = Number(values.programs);
  const seed = Number(values.seed);
  const withinMs = Number(values.minutes) * 60_000;
  const onProgram = (number: number, { violations, reads }: Findings) =>
    process.stderr.write(
      `program ${number} of ${programs}: ${reads} reads, ${violations.length} untold\n`,
    );
  const findings = await withServices((services) =>
    findUntoldChanges(services, { programs, seed, withinMs, onProgram }),
  );
  console.log(presentFindings(findings));
  const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0);
  const load = (loadavg()[0] ?? 0).toFixed(2);
  console.log(`${findings.programs} programs, seed ${seed}, ${seconds} s, load average ${load}`);
  const isShort = findings.programs < ALL_WRITES_FROM;
  const isEveryWriteSeen = isShort || neverAccepted(findings).length === 0;
  const isSound = findings.violations.length + findings.breakdowns.size === 0;
  return isSound && isEveryWriteSeen ? 0 : 1;
}
