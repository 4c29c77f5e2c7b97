import { createServer } from 'node:net';
import { PROCESSES } from './process-table.ts';

/** More than the offsets of all processes. */
const SPAN = 40;
const LOWEST = 10_000;
const HIGHEST = 28_000;

/** A base whose range nobody uses, below the ports that systems hand out by themselves. */
export async function findPortBase(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = LOWEST + SPAN * Math.floor((Math.random() * (HIGHEST - LOWEST)) / SPAN);
    const free = await Promise.all(PROCESSES.map(({ offset }) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('No free range of ports was found. Name one: CLOUDPHONE_PORT_BASE.');
}

/** Throws, naming the first port that somebody else listens on and what it was wanted for. */
export async function requireFreePorts(
  wanted: readonly { readonly port: number; readonly title: string }[],
): Promise<void> {
  for (const { port, title } of wanted) {
    if (await isFree(port)) continue;
    throw new Error(
      `Port ${port}, for the ${title}, is taken by another program. Stop that program, ` +
        'or choose another range: CLOUDPHONE_PORT_BASE=5000 npm start',
    );
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
