import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from './lab.ts';

/** As often as somebody who cannot wait. */
const EVERY_MS = 20;
/** An identity is believed for half a minute. */
const POLLS_AN_IDENTITY = 250;

interface Address {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks the service how far a campaign is, over one kept connection, until told to stop; ms of each. */
export async function pollProgress(
  { service }: Pick<Lab, 'service'>,
  batchId: string,
  isOver: () => boolean,
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took: number[] = [];
  while (!isOver()) {
    const { url, headers } = await service.ask<Address>('address');
    for (let poll = 0; poll < POLLS_AN_IDENTITY && !isOver(); poll += 1) {
      const beganMs = performance.now();
      await askOnce(`${url}/notifications/bulk/${batchId}`, { agent, headers });
      took.push(performance.now() - beganMs);
      await sleep(EVERY_MS);
    }
  }
  agent.destroy();
  // The first opens the connection.
  return took.slice(1);
}

function askOnce(
  url: string,
  options: { readonly agent: Agent; readonly headers: Address['headers'] },
): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, options, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`polling answered ${answer.statusCode}`));
      });
    }).once('error', reject);
  });
}
