import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerParent } from '../child-program.ts';

export interface Address {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Each of the addresses so many times, in turn. */
export interface PollJob {
  readonly addresses: readonly Address[];
  readonly times: number;
}

/** As often as somebody who cannot wait. */
const EVERY_MS = 20;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

answerParent(async ({ addresses, times }: PollJob): Promise<number[][]> => {
  const took = addresses.map((): number[] => []);
  for (let time = 0; time < times; time += 1) {
    for (const [index, address] of addresses.entries()) {
      const beganMs = performance.now();
      await askOnce(address);
      took[index]?.push(performance.now() - beganMs);
      await sleep(EVERY_MS);
    }
  }
  return took;
});

function askOnce({ url, headers }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`polling answered ${answer.statusCode}`));
      });
    }).once('error', reject);
  });
}
