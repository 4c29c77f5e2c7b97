import { rm } from 'node:fs/promises';
import { startPlatform, temporaryFolder } from '@cloudphone/deploy';
import { askPatiently, type Reply } from './ask.ts';
import { readOperations } from './operations.ts';
import type { Bff, TokensByRole } from './rules.ts';
import { bearer, tokenOf } from './tokens.ts';

/** The whole platform, one of each BFF, and people of every kind logged in. */
export interface World {
  readonly admin: Bff;
  readonly user: Bff;
  readonly tokens: TokensByRole;
  /** As somebody who may do everything in the console. */
  asAdmin(method: string, path: string, sent?: Sent): Promise<Reply>;
  /** As a person of the user app. */
  asPerson(method: string, path: string, sent?: Sent): Promise<Reply>;
  stop(): Promise<void>;
}

export interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startWorld(): Promise<World> {
  const dataDir = await temporaryFolder('cloudphone-refusals-');
  const platform = await startPlatform({
    dataDir,
    isDemo: true,
    // A device that is being stopped is so for as long as anybody asks.
    env: { ...process.env, DEVICE_PROVIDER_LATENCY_MS: '15000' },
  });
  const { adminBff, userBff } = platform.urls;
  const adminToken = await tokenOf(adminBff, 'admin', 'admin-demo');
  const customer = await tokenOf(userBff, 'user001', 'user-demo');
  const tokens = {
    admin: adminToken,
    operations: await tokenOf(adminBff, 'ops', 'ops-demo'),
    support: await tokenOf(adminBff, 'support', 'support-demo'),
    finance: await tokenOf(adminBff, 'finance', 'finance-demo'),
    customer,
  };
  const readBff = async (name: Bff['name'], url: string, token: string): Promise<Bff> => ({
    name,
    url,
    token,
    operations: await readOperations(url),
  });
  const admin = await readBff('admin', adminBff, adminToken);
  const user = await readBff('user', userBff, customer);
  return {
    admin,
    user,
    tokens,
    asAdmin: (method, path, sent) => askAs(admin, method, path, sent),
    asPerson: (method, path, sent) => askAs(user, method, path, sent),
    stop: async () => {
      await platform.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function askAs({ url, token }: Bff, method: string, path: string, sent: Sent = {}): Promise<Reply> {
  const { body, headers } = sent;
  return askPatiently(url, {
    method,
    path,
    headers: {
      ...bearer(token),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
