import { setTimeout as sleep } from 'node:timers/promises';
import { upstreamUnavailable } from '@cloudphone/errors';
import { Client, escapeIdentifier } from 'pg';
import { clientConfig } from './client-config.ts';
import { failureCode, isTransientFailure } from './failures.ts';

const PATIENCE_MS = 30_000;

/**
 * Creates the database that the URL names when it is missing; others may be doing the same. Waits up
 * to 30 s for a server that is starting, then throws upstream_unavailable. The role needs CREATEDB
 * only when the database is missing.
 */
export async function ensureDatabase(url: string): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await createWhenMissing(url);
    } catch (err) {
      if (!isTransientFailure(err) && failureCode(err) !== TEMPLATE_IN_USE) throw err;
      if (performance.now() > deadlineMs) {
        throw upstreamUnavailable('postgres', 'it did not come up', { cause: err });
      }
      await sleep(100);
    }
  }
}

const MISSING_DATABASE = '3D000';
/** Two CREATE DATABASE at once copy the same template. */
const TEMPLATE_IN_USE = '55006';
/** The other one was faster. */
const ALREADY_THERE = new Set(['42P04', '23505']);

async function createWhenMissing(url: string): Promise<void> {
  if (await exists(url)) return;
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  await withClient(maintenance.href, async (client) => {
    try {
      await client.query(`create database ${escapeIdentifier(name)}`);
    } catch (err) {
      if (!ALREADY_THERE.has(failureCode(err) ?? '')) throw err;
    }
  });
}

async function exists(url: string): Promise<boolean> {
  try {
    await withClient(url, async () => undefined);
    return true;
  } catch (err) {
    if (failureCode(err) === MISSING_DATABASE) return false;
    throw err;
  }
}

async function withClient(url: string, run: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client(clientConfig({ url, name: 'ensure-database' }));
  client.on('error', () => undefined); // Its query rejects with the same.
  try {
    await client.connect();
    await run(client);
  } finally {
    await client.end().catch(() => undefined); // Broken already.
  }
}
