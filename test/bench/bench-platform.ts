import { rm } from 'node:fs/promises';
import type { SessionTokens } from '@cloudphone/contracts';
import { type Platform, startPlatform, temporaryFolder } from '@cloudphone/deploy';

/** Not reached in a minute of measuring; requests are counted against them all the same. */
const LIMIT_PER_MINUTE = '1000000000';
/** Addresses of engines and services that this machine's owner may have set: not for a bench. */
const ELSEWHERE = /^REDIS_(\w+_)?URL$|DATABASE_URL$|_SERVICE_URL$/;

/** Runs `use` with a whole platform on engines and data of its own, gone afterwards. */
export async function withBenchPlatform<T>(
  signal: AbortSignal,
  use: (platform: Platform) => Promise<T>,
): Promise<T> {
  const dataDir = await temporaryFolder('cloudphone-bench-');
  let platform: Platform | undefined;
  try {
    platform = await startPlatform({ dataDir, isDemo: true, env: benchEnvironment(), signal });
    return await use(platform);
  } finally {
    await platform?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function benchEnvironment(): NodeJS.ProcessEnv {
  const elsewhere = Object.keys(process.env).filter((name) => ELSEWHERE.test(name));
  return {
    ...Object.fromEntries(elsewhere.map((name) => [name, undefined])),
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_PERSON: LIMIT_PER_MINUTE,
    RATE_LIMIT_PER_ADDRESS: LIMIT_PER_MINUTE,
  };
}

/** Throws with the problem document when refused. */
export async function logIn(
  url: string,
  username: string,
  password: string,
): Promise<SessionTokens> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
    signal: AbortSignal.timeout(15_000),
  });
  if (response.status !== 200) throw new Error(`log-in refused: ${await response.text()}`);
  return (await response.json()) as SessionTokens;
}
