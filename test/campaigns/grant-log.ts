import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { keys } from '@cloudphone/redis';

/** What a bucket granted, by Redis's own record of what its script wrote. */
export interface Grant {
  readonly atUs: number;
  readonly units: number;
}

interface GrantLog {
  /** Ends with it. */
  close(): Promise<readonly Grant[]>;
}

/**
 * Follows a bucket through MONITOR: a grant moves its theoretical arrival time by so many times the
 * interval that was asked with. So it is the limit that is judged, not what messages do after it.
 */
export async function openGrantLog(redisUrl: string, bucket: string): Promise<GrantLog> {
  const { hostname, port } = new URL(redisUrl);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const key = keys.sendingLimit(bucket);
  const grants: Grant[] = [];
  let arrivalUs = 0;
  let eachUs = 0;
  createInterface({ input: socket }).on('line', (line) => {
    if (!line.includes(key)) return;
    const [, seconds] = /^\+([\d.]+) /.exec(line) ?? [];
    const [command = '', ...args] = [...line.matchAll(ARGUMENT)].map(([, text = '']) => text);
    if (command.toLowerCase().startsWith('eval')) {
      const count = Number(args[1]);
      const index = args.slice(2, 2 + count).indexOf(key);
      // After `wanted`, two for each bucket.
      eachUs = Number(args[2 + count + 1 + 2 * index]);
    } else if (command.toLowerCase() === 'set') {
      const atUs = Number(seconds) * 1e6;
      const before = Math.max(arrivalUs, atUs);
      arrivalUs = Number(args[1]);
      grants.push({ atUs, units: Math.round((arrivalUs - before) / eachUs) });
    }
  });
  socket.write('MONITOR\r\n');
  return {
    close: async () => {
      // What was written last is told a moment later.
      await sleep(100);
      socket.destroy();
      return grants;
    },
  };
}

const ARGUMENT = /"((?:[^"\\]|\\.)*)"/g;

/** MONITOR's time of a command is so much later than its script's clock, at most. */
const RECORD_LAG_US = 2_000;

/** The most units in any window of a second. */
export function mostGranted(grants: readonly Grant[]): number {
  let most = 0;
  let first = 0;
  let units = 0;
  for (const grant of grants) {
    units += grant.units;
    while (grant.atUs - (grants[first]?.atUs ?? 0) >= 1e6 - RECORD_LAG_US) {
      units -= grants[first]?.units ?? 0;
      first += 1;
    }
    most = Math.max(most, units);
  }
  return most;
}
