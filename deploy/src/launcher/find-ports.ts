import { isFree, listenOn } from '../processes/free-port.ts';
import { PROCESSES } from './process-table.ts';

/** More than any process's offset. */
const SPAN = 120;
const LOWEST = 10_000;
/** Up to 20,000: from there on single servers have theirs. */
const BASES = 83;

/**
 * A base whose range nobody uses, below the ports that systems hand out by themselves. The range's
 * last port is listened on as long as this process lives: nobody else finds the same.
 */
export async function findPortBase(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = LOWEST + Math.floor(Math.random() * BASES) * SPAN;
    const claim = await listenOn(base + SPAN - 1);
    if (claim === undefined) continue;
    const free = await Promise.all(PROCESSES.map(({ offset }) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
    claim.close();
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
