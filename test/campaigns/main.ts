import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { watchInterruption } from '@cloudphone/deploy';
import { SCENARIOS } from './scenarios.ts';

const USAGE =
  'npm run test:campaigns -- [--seeds 20] [--recipients 100000] [--redis-away 60] ' +
  `[--only ${Object.keys(SCENARIOS).join(',')}]`;

/** `npm run test:campaigns`. Resolves with the exit code: 1 when a promise was broken. */
export async function runCampaignSuite(
  args: readonly string[],
  projectDir: string,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '20' },
      recipients: { type: 'string', default: '100000' },
      'redis-away': { type: 'string', default: '60' },
      only: { type: 'string', default: '' },
    },
  });
  const only = values.only.split(',').filter((name) => name !== '');
  const unknown = only.find((name) => SCENARIOS[name] === undefined);
  if (unknown !== undefined) {
    console.error(`There is no scenario “${unknown}”.\n${USAGE}`);
    return 1;
  }
  const interrupted = failWhenInterrupted(watchInterruption().happened);
  // Whoever waits with it ends with it; between two scenarios nobody does.
  interrupted.catch(() => undefined);
  let isBroken = false;
  for (const [name, run] of Object.entries(SCENARIOS)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const seeds = Math.max(1, Math.ceil(Number(values.seeds) * seedShare(name)));
    for (let seed = 1; seed <= seeds; seed += 1) {
      const beganMs = performance.now();
      const { findings, summary } = await run({
        interrupted,
        projectDir,
        recipients: Number(values.recipients),
        seed,
        redisAwayMs: Number(values['redis-away']) * 1_000,
      });
      const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0);
      const load = (loadavg()[0] ?? 0).toFixed(1);
      console.log(`${name}, seed ${seed}: ${summary} (${seconds} s, load average ${load})`);
      for (const finding of findings) console.log(`  BROKEN  ${finding}`);
      isBroken ||= findings.length > 0;
    }
  }
  return isBroken ? 1 : 0;
}

/** Killing is left to chance most; what no chance has a part in is run once. */
function seedShare(name: string): number {
  if (name.startsWith('kill')) return 1;
  return name === 'rounds' || name.startsWith('redis-lost') ? 0.25 : 0;
}

async function failWhenInterrupted(happened: Promise<void>): Promise<never> {
  await happened;
  throw new Error('Interrupted.');
}
