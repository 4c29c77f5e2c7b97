import { setTimeout as sleep } from 'node:timers/promises';
import type { Device, Page } from '@cloudphone/contracts';

/** A view that the admin BFF holds in memory, and its answer. */
export interface CachedView {
  readonly url: string;
  readonly authorization: string;
  readonly body: string;
  readonly etag: string;
  /** As it was written, without those that Node adds by itself. */
  readonly headers: readonly string[];
}

export const FROM_MEMORY = ['; hit;', 'detail=memory'] as const;

const ADDED_BY_NODE = new Set(['date', 'connection', 'keep-alive']);
const PATIENCE_MS = 10_000;

/**
 * A rented device that does not run: nothing changes it while it is measured. Throws when it does
 * not come from memory after some seconds.
 */
export async function findCachedView(bffUrl: string, accessToken: string): Promise<CachedView> {
  const authorization = `Bearer ${accessToken}`;
  const list = await ask(`${bffUrl}/admin/devices?limit=200`, authorization);
  const { items } = JSON.parse(list.body) as Page<Device>;
  const device = items.find(({ ownerId, status }) => ownerId !== null && status === 'stopped');
  if (device === undefined) throw new Error('The demo data has no rented device that is stopped.');
  const url = `${bffUrl}/admin/devices/${device.id}/complete-info`;
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask(url, authorization);
    const cacheStatus = answer.headers.get('cache-status') ?? '';
    if (FROM_MEMORY.every((part) => cacheStatus.includes(part))) {
      return {
        url,
        authorization,
        body: answer.body,
        etag: answer.headers.get('etag') ?? '',
        headers: [...answer.headers].filter(([name]) => !ADDED_BY_NODE.has(name)).flat(),
      };
    }
    if (performance.now() > deadlineMs) {
      throw new Error(`${url} is not served from memory; the last answer was “${cacheStatus}”.`);
    }
    await sleep(100);
  }
}

async function ask(url: string, authorization: string) {
  const response = await fetch(url, {
    headers: { authorization },
    signal: AbortSignal.timeout(15_000),
  });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${body}`);
  return { headers: response.headers, body };
}
